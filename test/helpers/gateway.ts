/** A gateway inside the test's process, and the stream behind it. */
import { pino } from 'pino'
import type { Test } from 'tap'
import { Gateway } from '../../lib/collector/gateway/gateway.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { decodeEntry, type Entry } from '../../lib/engine/entry.ts'
import type { ReadListener } from '../../lib/engine/engine.ts'
import { NatsEngine } from '../../lib/engine/nats/nats-engine.ts'
import { loopback } from './loopback.ts'
import type { NatsNode } from './nats.ts'
import { waitFor } from './wait.ts'

const tls = { ca: '', cert: '', key: '' }

/** Of a test that does not care how reading goes. */
export const ignoring: ReadListener = {
  onTrouble: () => undefined,
  onCaughtUp: () => undefined
}

/** A running gateway. */
export interface TestGateway {
  gateway: Gateway
  address: string
  /** The gateway's own log. */
  entries: Record<string, unknown>[]
}

/** Names a stream that no other test uses. */
export function createStreamName(): string {
  return `logs-${Math.random().toString(36).slice(2)}`
}

/** Starts a gateway on a free port; it is stopped at the end. */
export async function startGateway(
  t: Test,
  node: NatsNode,
  stream: string,
  options: CollectorOptions = {}
): Promise<TestGateway> {
  const entries: Record<string, unknown>[] = []
  const logger = pino({}, { write: line => void entries.push(JSON.parse(line)) })
  const nats = {
    servers: node.url,
    stream,
    subject: stream,
    replicas: 1,
    maxBytes: 0,
    partitions: 2
  }
  const bind = `tcp://${loopback}:*`
  const resolved = parseCollectorOptions({ bind, outputs: [{ nats }], ...options })
  const gateway = await Gateway.start(resolved, logger)
  t.teardown(() => gateway.stop())
  return { gateway, address: gateway.addresses[0] ?? '', entries }
}

/** Makes the stream of `startGateway`, smaller than options allow. */
export async function makeSmallStream(
  { url }: NatsNode,
  stream: string,
  maxBytes: number
): Promise<void> {
  const shape = { stream, subject: stream, partitions: 2, replicas: 1, maxBytes }
  const engine = await NatsEngine.openForGateway({ servers: [url], credentials: '', tls, ...shape })
  await engine.close()
}

/** What is in a stream. The list grows. */
export async function readStream(t: Test, node: NatsNode, stream: string): Promise<Entry[]> {
  const engine = await NatsEngine.openForWriter({
    servers: [node.url],
    stream,
    credentials: '',
    tls
  })
  const ended = new AbortController()
  t.teardown(async () => {
    ended.abort()
    await engine.close()
  })
  const entries: Entry[] = []
  const readAll = async (partition: number): Promise<void> => {
    for await (const message of engine.read(partition, 1, ended.signal, ignoring))
      entries.push(decodeEntry(message))
  }
  for (let partition = 0; partition < engine.partitions; partition++) void readAll(partition)
  return entries
}

/** Waits until a stream has at least `count` entries. */
export function waitForEntries(entries: readonly Entry[], count: number): Promise<true> {
  return waitFor(() => entries.length >= count, `${count} entries`)
}
