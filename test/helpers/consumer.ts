/** Projects that use the packed package, and are compiled as strictly as can be. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './packed.ts'

const imports = `
import { pino } from 'pino'
import {
  onZmqPubEvent, zmqPubTarget, ZmqPubError,
  type ErrorCode, type TransportEvents, type TransportOptions, type ZmqPubStream
} from 'zmq-pub/events'
import { startCollector, type CollectorOptions, type RunningCollector } from 'zmq-pub/collector'`

/** What is right compiles, and what is wrong doesn't: an error that is expected and missing is one, too. */
const body = `
const options: TransportOptions = { address: 'tcp://logs:5558', closeTimeoutMs: 100 }
const logger = pino({ transport: zmqPubTarget(options) })
const stream: ZmqPubStream = pino.transport({ target: 'zmq-pub', options })
pino(stream).info('by a stream')
stream.on('dropped', ({ records, why }) => why.repeat(records)).once('close', () => undefined)
const stop: () => void = onZmqPubEvent(logger, 'unreachable', ({ advice, silentMs }) => advice.at(silentMs))
const detail: TransportEvents['undelivered'] = { records: 1, spooledRecords: 0, totalDropped: 0, why: '' }
const code: ErrorCode = 'ERR_ZMQ_PUB_KEY'
export const isOurs = (error: unknown): boolean => error instanceof ZmqPubError && error.code === code
export async function collect(given: CollectorOptions): Promise<number> {
  const collector: RunningCollector = await startCollector(given)
  await collector.stop()
  stop()
  return collector.totals.records + detail.records
}
// @ts-expect-error a misspelt event
stream.on('droped', () => undefined)
// @ts-expect-error a misspelt event
onZmqPubEvent(logger, 'droped', () => undefined)
// @ts-expect-error a field that the event doesn't have
onZmqPubEvent(logger, 'dropped', ({ record }) => record)
// @ts-expect-error a misspelt option
zmqPubTarget({ adress: 'tcp://logs:5558' })
// @ts-expect-error a misspelt option
export const misspelt = { adress: 'tcp://logs:5558' } satisfies TransportOptions
// @ts-expect-error a unit too many
zmqPubTarget({ closeTimeoutMs: '5s' })
// @ts-expect-error an internal of the collector
export const inner = (collector: RunningCollector): unknown => collector.expireSenders
`

const esmOnly = `
import zmqPub, { type TransportOptions as OwnOptions } from 'zmq-pub'
export async function own(given: OwnOptions): Promise<ZmqPubStream> {
  const opened = await zmqPub(given)
  pino(opened).info('in the own thread')
  // @ts-expect-error a misspelt event
  opened.on('droped', () => undefined)
  return opened
}
`

const files: Record<string, string> = {
  'module.mts': imports + esmOnly + body,
  'common.cts': imports + body
}

/** Compiles with a module resolution. @param compiler the path of tsc @throws with the errors */
export function compileConsumer(folder: string, compiler: string, resolution: string): void {
  const project = join(folder, resolution)
  mkdirSync(project, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text)
  const isBundler = resolution === 'bundler'
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    module: isBundler ? 'esnext' : resolution,
    moduleResolution: resolution
  }
  // A bundler's project has ES modules only.
  const sources = isBundler ? ['module.mts'] : Object.keys(files)
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: sources }))
  // By a shell, as TypeScript 7 doesn't start with what tap loads into a Node.js that it sees started.
  const words = ['-c', 'NODE_OPTIONS= exec "$0" "$@"', process.execPath]
  run('sh', [...words, compiler, '--project', project], folder)
}

/** How a project may look for its modules. */
export const resolutions = ['node16', 'nodenext', 'bundler'] as const
