/**
 * Writes the messages in docs/errors.md: provokes the errors, and puts what they say into the sections of their codes.
 * Command:  npm run errors
 * What differs from one machine and run to the next (folders, process ids, hosts, ports, times) is replaced.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { parseCommandLine } from '../lib/cli/collector-command.ts'
import { isMain } from '../lib/cli/is-main.ts'
import { generateKeys } from '../lib/cli/keygen.ts'
import { Collector } from '../lib/collector/collector.ts'
import { toJournalPath } from '../lib/collector/journal/journal-path.ts'
import { toLostError } from '../lib/collector/journal/log-locks.ts'
import { parseCollectorOptions } from '../lib/collector/options/collector-options.ts'
import { createKeyPair } from '../lib/curve/keys.ts'
import { ZmqPubError, type ErrorCode } from '../lib/errors.ts'
import { NatsEngine } from '../lib/engine/nats/nats-engine.ts'
import { checkStream, toStreamConfig } from '../lib/engine/nats/nats-stream.ts'
import { SnapshotClient } from '../lib/top/snapshot-client.ts'
import { Publisher } from '../lib/transport/connection/publisher.ts'
import { parseTransportOptions } from '../lib/transport/options.ts'
import { decodeMessage } from '../lib/wire/message.ts'
import { loadZeromq } from '../lib/zeromq.ts'

/** The page with the messages. */
export const errorsPath = join(import.meta.dirname, '..', 'docs/errors.md')

/** Does what a user does wrong. It may write to the working directory, an empty folder of its code. */
type Provoke = () => unknown

const senderId = 'AbCdEfGhIjKlMnOpQrStUv'
const serverKey = createKeyPair().publicKey
const { publicKey, secretKey } = createKeyPair()
const ownKeys = { publicKey, secretKey: secretKey.reveal() }

const natsOptions = {
  servers: [],
  stream: 'logs',
  subject: 'logs',
  credentials: '',
  tls: { ca: '', cert: '', key: '' },
  partitions: 4,
  replicas: 3,
  maxBytes: 0
}

const provocations: Readonly<Record<ErrorCode, Provoke[]>> = {
  ERR_ZMQ_PUB_OPTION: [
    () => parseTransportOptions({ batchMs: -1 }),
    () => parseTransportOptions({ curve: {} }),
    () => parseCommandLine(['--rotat', 'hourly'], {}),
    () => parseCommandLine([], { ZMQ_PUB_COLLECTOR_TOPICS: 'shop' }),
    () => parseCommandLine(['--rotate', 'never', '--file', '{date}.log'], {}),
    () => parseCommandLine(['--bind', 'tcp://*:5558'], {})
  ],
  ERR_ZMQ_PUB_ADDRESS: [
    async () => {
      const first = await collect({ file: 'first.log' })
      const [bind = ''] = first.addresses
      await collect({ file: 'second.log', bind }).finally(() => first.stop())
    },
    () => collect({ bind: 'tcp://no-such-interface:5558', insecure: true }),
    () => openTransport({ address: 'tcp://*:5558' }),
    () => new SnapshotClient(toJournalPath(resolve('logs/{date}.log'))).ask()
  ],
  ERR_ZMQ_PUB_CONFIG: [
    () => parseCommandLine(['--config', 'collector.json'], {}),
    () => readConfigOf('{\n  "rotate": "daily"\n  "format": "text"\n}\n'),
    () => readConfigOf('["tcp://127.0.0.1:5558"]\n'),
    () => readConfigOf('{ "formt": "text" }\n')
  ],
  ERR_ZMQ_PUB_FILE: [
    () => {
      writeFileSync('notes.txt', '')
      return collect({ file: 'notes.txt/{date}.log' })
    },
    () => {
      mkdirSync('logs')
      return collect({ file: 'logs' })
    },
    async () => {
      const first = await collect({ file: 'logs/{date}.log' })
      await collect({ file: 'logs/{date}.log' }).finally(() => first.stop())
    },
    () => {
      const journal = '/srv/logs/.{date}.log.journal'
      throw toLostError(`${journal}.lock`)
    }
  ],
  ERR_ZMQ_PUB_FRAME: [
    () => decodeHeader('zmq-pub/2 batch'),
    () => decodeHeader(`zmq-pub/2 batch ${senderId} 0 0`),
    () => decodeHeader(`zmq-pub/3 batch ${senderId} 1 1`)
  ],
  ERR_ZMQ_PUB_KEY: [
    () => parseTransportOptions({ curve: { serverKey: serverKey.slice(1), ...ownKeys } }),
    () => {
      const swapped = { publicKey: ownKeys.secretKey, secretKey: ownKeys.publicKey }
      return parseTransportOptions({ curve: { serverKey, ...swapped } })
    },
    () => parseTransportOptions({ curve: { serverKey, secretKeyFile: 'shop.key_secret' } }),
    () => {
      generateKeys({ keyName: 'shop', folder: '.' })
      return parseTransportOptions({ curve: { serverKey, secretKeyFile: 'shop.key' } })
    },
    () => generateKeys({ keyName: 'shop', folder: '.' })
  ],
  ERR_ZMQ_PUB_ENGINE: [
    () => NatsEngine.openForGateway({ ...natsOptions, servers: ['nats://127.0.0.1:1'] }),
    () => checkStream({ ...toStreamConfig(natsOptions), discard: 'old' }, 3)
  ],
  ERR_ZMQ_PUB_ZEROMQ: [
    () =>
      loadZeromq(() => {
        throw new Error(zeromqMessage)
      })
  ]
}

/** zeromq's own message on a system that it has no binary for. */
const zeromqMessage = `Failed to load zeromq.js addon.node: Error: No compatible zeromq.js addon found for freebsd x64 unknown. The candidates were:
{}`

function collect(options: object): Promise<Collector> {
  const resolved = parseCollectorOptions({ bind: 'tcp://127.0.0.1:*', ...options })
  return Collector.start(resolved, pino({ level: 'silent' }))
}

const nothing = (): void => undefined

function openTransport(options: object): Promise<Publisher> {
  const listener = { onSubscription: nothing, onUnsubscription: nothing, onUpstream: nothing }
  return Publisher.open(parseTransportOptions(options), listener)
}

function readConfigOf(text: string): unknown {
  writeFileSync('collector.json', text)
  return parseCommandLine(['--config', 'collector.json'], {})
}

function decodeHeader(line: string): unknown {
  return decodeMessage([Buffer.from(`shop\0${line}\n`)])
}

/** The messages of each code, in the order of the table. @throws where a provocation brings no error of its code */
export async function provokeErrors(): Promise<Record<ErrorCode, string[]>> {
  const messages = {} as Record<ErrorCode, string[]>
  const start = process.cwd()
  for (const [code, provokes] of Object.entries(provocations) as [ErrorCode, Provoke[]][]) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'zmq-pub-errors-')))
    process.chdir(folder)
    try {
      messages[code] = []
      for (const provoke of provokes)
        messages[code].push(toSample(await catchError(code, provoke), folder))
    } finally {
      process.chdir(start)
      rmSync(folder, { recursive: true })
    }
  }
  return messages
}

async function catchError(code: ErrorCode, provoke: Provoke): Promise<string> {
  try {
    await provoke()
  } catch (error) {
    if (error instanceof ZmqPubError && error.code === code) return error.message
    throw error
  }
  throw new Error(`no ${code} was thrown by ${provoke.toString()}`)
}

function toSample(message: string, folder: string): string {
  return message
    .replaceAll(folder, '/srv')
    .replaceAll(`process ${process.pid} on host ${hostname()}`, 'process 4711 on host logs')
    .replace(/last active \d+ s ago/, 'last active 2 s ago')
    .replace(/(?<=127\.0\.0\.1:)\d+/, '5558')
    .replace(`(${process.platform} ${process.arch})`, '(freebsd x64)')
}

/** The page with these messages in the first code block of each section. */
export function makeErrorsPage(page: string, messages: Record<ErrorCode, string[]>): string {
  const sections = page.split(/^(?=## )/m).map(section => {
    const code = /^## (\w+)/.exec(section)?.[1] ?? ''
    const lines = messages[code as ErrorCode]?.map(message => `${message}\n`).join('')
    if (lines === undefined) return section
    return section.replace(/(?<=^```\n).*?(?=^```$)/ms, () => lines)
  })
  return sections.join('')
}

if (isMain(import.meta.url, 'make-errors.js')) {
  const page = readFileSync(errorsPath, 'utf8')
  writeFileSync(errorsPath, makeErrorsPage(page, await provokeErrors()))
}
