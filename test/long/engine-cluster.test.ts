/** What docs/scaling.md says of parts that die: the rows of its table that need a cluster of NATS. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { test, type Test } from 'tap'
import { startApp } from '../../benchmarks/helpers/processes.ts'
import { createStreamName, startGateway } from '../helpers/gateway.ts'
import { startCluster, type NatsNode } from '../helpers/nats.ts'
import { waitFor } from '../helpers/wait.ts'
import { range, startWriter } from '../helpers/writer.ts'

/** A cluster dies in some way, and comes back, while an app logs. */
interface Scene {
  nodes: NatsNode[]
  folder: string
  stream: string
  /** Waits until a writer has `count` more records. */
  untilWritten: (count: number) => Promise<unknown>
}

const scenes: [what: string, play: (t: Test, scene: Scene) => Promise<void>][] = [
  [
    'the leader of the stream dies and comes back',
    async (_t, { nodes, stream, untilWritten }) => {
      const leader = nodes[await findLeader(nodes, stream)]
      await leader?.kill()
      await untilWritten(50_000) // by the new leader
      await leader?.restart()
    }
  ],
  [
    'the leader of the stream dies for good, and an empty node takes its place',
    async (_t, { nodes, folder, stream, untilWritten }) => {
      const index = await findLeader(nodes, stream)
      await nodes[index]?.kill()
      await untilWritten(50_000)
      rmSync(join(folder, 'nats', `node-${index}`), { recursive: true })
      await nodes[index]?.restart()
    }
  ],
  [
    'two of three nodes are away for 10 s',
    async (t, { nodes }) => {
      const away = nodes.slice(1)
      await Promise.all(away.map(node => node.kill()))
      await delay(10_000)
      t.pass('records wait in the app')
      await Promise.all(away.map(node => node.restart()))
    }
  ],
  [
    'all nodes die at once and come back',
    async (_t, { nodes }) => {
      await Promise.all(nodes.map(node => node.kill()))
      await delay(2000)
      await Promise.all(nodes.map(node => node.restart()))
    }
  ]
]

for (const [what, play] of scenes) {
  test(`${what}: each line is written once and in order`, async t => {
    const folder = t.testdir()
    const nodes = await startCluster(join(folder, 'nats'))
    t.teardown(() => Promise.all(nodes.map(node => node.kill())))
    const stream = createStreamName()
    const servers = nodes.map(({ url }) => url)
    const nats = { servers, stream, subject: stream, maxBytes: 0 }
    const gatewayOf = await startGateway(t, nodes[0] as NatsNode, stream, { outputs: [{ nats }] })
    const from = { nats: { servers, stream } }
    const writer = await startWriter(t, nodes[0] as NatsNode, stream, join(folder, 'logs'), {
      from
    })
    const { totals } = writer.collector
    const untilWritten = (count: number): Promise<unknown> => {
      const before = totals.records
      return waitFor(() => totals.records >= before + count, `${count} records`)
    }
    const app = startApp('shop', gatewayOf.address, 5000)
    t.teardown(() => void app.child.kill('SIGKILL'))
    await untilWritten(10_000)
    await play(t, { nodes, folder, stream, untilWritten })
    await untilWritten(50_000)
    const logged = await app.stop()
    await waitFor(() => totals.records === logged, 'all lines', 20_000).catch(() =>
      t.comment(JSON.stringify({ logged, totals, log: writer.entries.slice(-25) }))
    )
    await writer.collector.stop()
    const lines = writer.read().split('\n').slice(0, -1)
    t.strictSame(
      lines.map(text => (JSON.parse(text) as { line: number }).line),
      range(1, logged + 1)
    )
    t.equal(totals.missingRecords, 0)
  })
}

/** The index of the node that leads a stream. */
async function findLeader(nodes: readonly NatsNode[], stream: string): Promise<number> {
  const connection = await connect({ servers: nodes.map(({ url }) => url) })
  const manager = await jetstreamManager(connection)
  const { cluster } = await manager.streams.info(stream)
  await connection.close()
  return Number(cluster?.leader?.replace('node-', ''))
}
