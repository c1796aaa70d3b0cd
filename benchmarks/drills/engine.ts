import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../../test/helpers/nats.ts'
import { waitFor } from '../../test/helpers/wait.ts'
import { countLines } from '../helpers/count-lines.ts'
import { root, startApp, startCollector } from '../helpers/processes.ts'
import { apps, awayMs, kills, random, stopApps, type Drill } from './scene.ts'

/** The apps log for this long after the last kill. Their end waits for acks: 13 s together, an election takes 10. Unit: ms */
const afterMs = 4000
const closeTimeoutMs = 9000
/** How long writers may need for what is in the stream at the end. Unit: ms */
const writersMs = 120_000
const stream = 'drill'

/** Something that can be killed and started again. */
interface Victim {
  kill(): Promise<void>
  restart(): Promise<void>
}

/** Three nodes of nats-server, two gateways, two writers: one of them is killed and started again, KILLS times; then a gateway for good. */
export const engine: Drill = async scene => {
  const { folder, rate } = scene
  const nodes = await startCluster(join(folder, 'nats'))
  const servers = nodes.map(({ url }) => url)
  const toNats = (more: object): object => ({ nats: { servers, stream, ...more } })
  const [first, second] = [new Gateway(folder, toNats), new Gateway(folder, toNats)]
  await first.restart()
  await second.restart()
  const writers = [0, 1].map(index => new Writer(folder, index, toNats))
  await Promise.all(writers.map(writer => writer.restart()))
  const victims: Victim[] = [...nodes, first, second, ...writers]
  const options = { address: [first.address, second.address], mode: 'failover', closeTimeoutMs }
  const running = Array.from({ length: apps }, (_, index) =>
    startApp(`app${index}`, first.address, rate, options)
  )
  for (let count = 0; count < kills; count++) {
    await sleep(500 + random(1500))
    const victim = victims[random(victims.length)] as Victim
    await victim.kill()
    await sleep(random(awayMs))
    await victim.restart()
  }
  await first.kill()
  await sleep(afterMs)
  await stopApps(scene, running)
  const files = join(folder, 'logs')
  const isWritten = (): boolean => {
    const { lost, counted } = countLines(files, scene.logged)
    return lost <= counted
  }
  // Where it doesn't come to this, the drill counts what is lost.
  await waitFor(
    async () => {
      await sleep(500)
      return isWritten()
    },
    'the writers',
    writersMs
  ).catch(() => undefined)
  await Promise.all(writers.map(writer => writer.stop()))
  await second.kill()
  await Promise.all(nodes.map(node => node.kill()))
}

/** A process of the collector with a configuration file. */
abstract class Configured implements Victim {
  protected readonly folder: string
  protected child: ChildProcess | undefined

  constructor(folder: string) {
    this.folder = folder
  }

  abstract restart(): Promise<void>

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    await exit
  }
}

class Gateway extends Configured {
  readonly #config: string
  address = ''

  constructor(folder: string, toNats: (more: object) => object) {
    super(folder)
    this.#config = join(folder, 'gateway.json')
    const outputs = [toNats({ subject: stream, partitions: 4, replicas: 3, maxBytes: '2g' })]
    writeFileSync(this.#config, JSON.stringify({ outputs }))
  }

  async restart(): Promise<void> {
    const args = ['--config', this.#config]
    const address = this.address === '' ? undefined : this.address
    const started = await startCollector(this.folder, address, args)
    this.child = started.child
    this.address = started.address
  }
}

class Writer extends Configured {
  readonly #config: string

  /** @param index it has two of four partitions */
  constructor(folder: string, index: number, toNats: (more: object) => object) {
    super(folder)
    this.#config = join(folder, `writer-${index}.json`)
    if (!existsSync(join(folder, 'logs'))) mkdirSync(join(folder, 'logs'))
    const from = toNats({ partitions: [index * 2, index * 2 + 1] })
    const file = join(folder, 'logs', `writer-${index}-{date}.log`)
    writeFileSync(this.#config, JSON.stringify({ from, file }))
  }

  async restart(): Promise<void> {
    const args = [join(root, 'collector.js'), '--config', this.#config]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] })
    this.child = child
    let output = ''
    for await (const line of createInterface(child.stderr)) {
      output += `${line}\n`
      if (!line.includes('"reading the stream"')) continue
      child.stderr.resume()
      return
    }
    throw new Error(`a writer ended before it read the stream: ${output}`)
  }
}
