/** A writer inside the test's process, and lines with numbers for it. */
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { Collector } from '../../lib/collector/collector.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { readFolder, waitForLines } from './collector.ts'
import { startTransport } from './logger.ts'
import type { NatsNode } from './nats.ts'

/** A running writer. */
export interface TestWriter {
  collector: Collector
  /** The writer's own log. */
  entries: Record<string, unknown>[]
  read(): string
  waitForLines(count: number): Promise<string[]>
}

/** Starts a writer whose files are in `folder`; it is stopped at the end. */
export async function startWriter(
  t: Test,
  node: Pick<NatsNode, 'url'>,
  stream: string,
  folder: string,
  { partitions, ...options }: CollectorOptions & { partitions?: number[] } = {}
): Promise<TestWriter> {
  const entries: Record<string, unknown>[] = []
  const logger = pino({}, { write: line => void entries.push(JSON.parse(line)) })
  const nats = { servers: node.url, stream, ...(partitions && { partitions }) }
  const file = options.outputs ? {} : { file: join(folder, '{date}.log') }
  const collector = await Collector.start(
    parseCollectorOptions({ from: { nats }, ...file, ...options }),
    logger
  )
  t.teardown(() => collector.stop())
  const read = (): string => readFolder(folder)
  return { collector, entries, read, waitForLines: count => waitForLines(read, count) }
}

/** Logs lines with numbers through a gateway, and waits until the stream has them. */
export async function logThrough(
  t: Test,
  address: string,
  from: number,
  to: number,
  name = 'shop'
): Promise<void> {
  const transport = await startTransport(t, { address })
  const logger = pino({ name }, transport)
  for (let n = from; n < to; n++) logger.info({ n }, 'line')
  await new Promise(resolve => transport.flush(resolve))
}

/** The numbers of lines that `logThrough` has logged. */
export function numbersOf(lines: readonly string[]): number[] {
  return lines.map(line => (JSON.parse(line) as { n: number }).n)
}

/** The numbers from `from` to `to` - 1. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
