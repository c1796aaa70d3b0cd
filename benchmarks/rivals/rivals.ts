/** The pipelines that are measured: ways to get pino's lines into a file, on this machine or another. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { loopback } from '../../test/helpers/loopback.ts'
import { python } from '../../test/helpers/python-command.ts'
import { readLine, root, startCollector } from '../helpers/processes.ts'
import { missingRsyslog, startRsyslogTcp, startRsyslogZmq } from './rsyslog.ts'

/** A pipeline that is ready to be used. */
export interface Pipeline {
  /** the app's transport; undefined where the app is the Python recipe's */
  target?: string
  options?: object
  address?: string
  /** the process at the other end */
  receiver?: ChildProcess
  /** the signal on which the receiver writes everything and ends */
  stopBy?: NodeJS.Signals
}

/** A pipeline to measure. */
export interface Rival {
  name: string
  /** share of the lines, less for slow pipelines. @default 1 */
  share?: number
  /** whether lines arrive in a file. @default true */
  hasFile?: boolean
  /** how to install what it lacks on this machine; false where nothing is missing */
  missing?: string | false
  /** @param folder for its files, which must end in .log */
  start(folder: string, lines: number): Pipeline | Promise<Pipeline>
}

const rivalModules = createRequire(join(root, 'benchmarks/rivals/package.json'))

const noopWorker: Rival = {
  name: 'no-op worker',
  hasFile: false,
  start: () => ({ target: join(root, 'benchmarks/programs/noop-worker.js') })
}

const pinoFile: Rival = {
  name: 'pino/file',
  start: folder => ({ target: 'pino/file', options: { destination: join(folder, 'file.log') } })
}

const zmqPub: Rival = {
  name: 'zmq-pub',
  start: folder => startOurs(folder, {})
}

/** With keys, so that the connection is encrypted. */
const zmqPubCurve: Rival = {
  name: 'zmq-pub, encrypted',
  async start(folder) {
    const keys = join(folder, 'keys')
    const server = writeKeyPair(keys, 'collector', createKeyPair())
    const app = writeKeyPair(keys, 'app', createKeyPair())
    const access = ['--curve-secret-key', server.secretPath, '--authorized-keys', app.publicPath]
    const curve = { serverKeyFile: server.publicPath, secretKeyFile: app.secretPath }
    return startOurs(folder, { curve }, access)
  }
}

const pinoRoll: Rival = {
  name: 'pino-roll',
  missing: missingModule('pino-roll'),
  start: folder => ({
    target: rivalModules.resolve('pino-roll'),
    options: { file: join(folder, 'roll.log'), frequency: 'daily' }
  })
}

const pinoSocket: Rival = {
  name: 'pino-socket → TCP to file in Node.js',
  missing: missingModule('pino-socket'),
  async start(folder) {
    const script = join(root, 'benchmarks/programs/tcp-receiver.js')
    const env = { ...process.env, FILE: join(folder, 'tcp.log') }
    const receiver = spawn(process.execPath, [script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const { address, port } = JSON.parse(await readLine(receiver)) as AddressInfo
    return { ...toSocketTarget(address, port), receiver, stopBy: 'SIGTERM' }
  }
}

const pinoSocketRsyslog: Rival = {
  name: 'pino-socket → rsyslog imtcp',
  share: 0.5,
  missing: missingRsyslog('imtcp') || missingModule('pino-socket'),
  async start(folder) {
    const { child, port } = await startRsyslogTcp(folder)
    return { ...toSocketTarget(loopback, port), receiver: child, stopBy: 'SIGTERM' }
  }
}

const oneMessageALine: Rival = {
  name: 'one ZeroMQ message a line → our collector',
  share: 0.25,
  start: folder => startOurs(folder, { wire: 'plain' })
}

const rsyslogZmq: Rival = {
  name: 'one ZeroMQ message a line → rsyslog imczmq',
  share: 0.25,
  missing: missingRsyslog('imczmq'),
  async start(folder) {
    const { child, address } = await startRsyslogZmq(folder)
    const options = { address, wire: 'plain' }
    return { target: 'zmq-pub', options, receiver: child, stopBy: 'SIGTERM' }
  }
}

const pythonRecipe: Rival = {
  name: 'the Python recipe, both ends',
  share: 0.1,
  missing: python === undefined && 'apt-get install python3-zmq',
  start: (folder, lines) => startRecipe(folder, lines)
}

/** Those that need nothing else installed. */
export const basicRivals: readonly Rival[] = [noopWorker, pinoFile, zmqPub]
/** What is compared at everyday rates. */
export const everydayRivals = {
  noop: noopWorker,
  file: pinoFile,
  ours: zmqPub,
  rsyslog: pinoSocketRsyslog
} as const
/** What encryption costs. */
export const curveRivals: readonly Rival[] = [pinoFile, zmqPub, zmqPubCurve]
/** All pipelines, with those that need other software. */
export const allRivals: readonly Rival[] = [
  ...basicRivals,
  pinoRoll,
  pinoSocket,
  pinoSocketRsyslog,
  oneMessageALine,
  rsyslogZmq,
  pythonRecipe
]

async function startOurs(
  folder: string,
  options: object,
  collectorArgs: string[] = []
): Promise<Pipeline> {
  const { child, address } = await startCollector(folder, undefined, collectorArgs)
  return {
    target: 'zmq-pub',
    options: { address, ...options },
    receiver: child,
    stopBy: 'SIGTERM'
  }
}

/** Starts the Python recipe's collector, which ends after `messages` messages. */
export async function startRecipe(folder: string, messages: number): Promise<Pipeline> {
  const script = join(root, 'test/fixtures/recipe.py')
  const receiver = spawn(python ?? '', [script, join(folder, 'recipe.log'), String(messages)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const address = `tcp://127.0.0.1:${await readLine(receiver)}`
  return { address, receiver, stopBy: 'SIGTERM' } // after a loss it would wait for ever
}

function toSocketTarget(address: string, port: number): Pipeline {
  const options = { address, port, mode: 'tcp', reconnect: true }
  return { target: rivalModules.resolve('pino-socket'), options }
}

function missingModule(name: string): string | false {
  try {
    rivalModules.resolve(name)
    return false
  } catch {
    return 'npm install --prefix benchmarks/rivals'
  }
}
