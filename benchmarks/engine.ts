/**
 * Question: what does a stream of three replicas take from a gateway, and from a bare client of NATS?
 * Method:   three nodes of nats-server on this machine. The bare client publishes messages of 256 KiB, then of 400
 *           bytes, with ids, 8 MiB or 1024 messages in flight. Then APPS apps log as fast as they can through one
 *           gateway; what counts is what is in the stream.
 * Command:  npm run build && node benchmarks/engine.js
 *
 * SECONDS for each of the three [10], APPS [2]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { NatsEngine } from '../lib/engine/nats/nats-engine.ts'
import { PublishQueue } from '../lib/engine/publish-queue.ts'
import { startCluster } from '../test/helpers/nats.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { startApp, startCollector } from './helpers/processes.ts'

const seconds = readKnob('SECONDS', 10)
const apps = readKnob('APPS', 2)
const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-engine-'))
const nodes = await startCluster(join(folder, 'nats'))
const servers = nodes.map(({ url }) => url)
const stream = { subject: 'bench', partitions: 4, replicas: 3, maxBytes: 0 }

for (const bytes of [256 * 1024, 400]) await publishBare(bytes)
await logThroughGateway()
for (const node of nodes) await node.kill()
rmSync(folder, { recursive: true })

/** Publishes with the same client, window and ids as a gateway, without anything else of it. */
async function publishBare(bytes: number): Promise<void> {
  const tls = { ca: '', cert: '', key: '' }
  const subject = `bare-${bytes}`
  const options = { ...stream, servers, stream: subject, subject, credentials: '', tls }
  const engine = await NatsEngine.openForGateway(options)
  const queue = new PublishQueue(engine, { onTrouble: fail, onRecovery: () => undefined })
  const payload = Buffer.alloc(bytes)
  let stored = 0
  const endsAt = performance.now() + seconds * 1000
  for (let count = 0; performance.now() < endsAt;) {
    while (count - stored < Math.min(2048, (16 * 1024 * 1024) / bytes)) {
      queue.add({ partition: 0, id: `${count++}`, headers: {}, payload }, () => stored++)
    }
    await sleep(1)
  }
  queue.close()
  await engine.close()
  report(`bare client, ${bytes} bytes a message`, stored, stored * bytes)
}

async function logThroughGateway(): Promise<void> {
  const config = join(folder, 'gateway.json')
  const nats = { ...stream, servers, stream: 'bench' }
  writeFileSync(config, JSON.stringify({ outputs: [{ nats }] }))
  const { child, address } = await startCollector(folder, undefined, ['--config', config])
  const running = Array.from({ length: apps }, (_, index) => startApp(`app${index}`, address, 0))
  await sleep(2000) // until they log
  const before = await readState()
  await sleep(seconds * 1000)
  const after = await readState()
  report('gateway', after.messages - before.messages, after.bytes - before.bytes)
  await Promise.all(running.map(app => app.stop()))
  child.kill('SIGKILL')
}

async function readState(): Promise<{ messages: number; bytes: number }> {
  const connection = await connect({ servers })
  const manager = await jetstreamManager(connection)
  const { messages, bytes } = (await manager.streams.info('bench')).state
  await connection.close()
  return { messages, bytes }
}

function report(what: string, messages: number, bytes: number): void {
  const perSecond = Math.round(messages / seconds)
  const mebibytes = (bytes / seconds / 1024 ** 2).toFixed(1)
  console.log(`${what}: ${perSecond} messages/s, ${mebibytes} MiB/s`)
}

function fail(error: Error): void {
  throw error
}
