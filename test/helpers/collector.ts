/** A collector inside the test's process, and its files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { Collector } from '../../lib/collector/collector.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { loopback } from './loopback.ts'
import { waitFor } from './wait.ts'

/** A running collector. */
export interface TestCollector {
  collector: Collector
  address: string
  folder: string
  /** All files of the log, joined in the order of their names. */
  read(): string
  waitForLines(count: number): Promise<string[]>
  /** The collector's own log. */
  entries: Record<string, unknown>[]
}

/** Starts a collector on a free port that writes to a folder of the test; it is stopped at the end. */
export async function startCollector(
  t: Test,
  options: CollectorOptions = {},
  now?: () => number
): Promise<TestCollector> {
  const folder = join(t.testdirName, `logs-${Math.random().toString(36).slice(2)}`)
  const entries: Record<string, unknown>[] = []
  const logger = pino({}, { write: line => void entries.push(JSON.parse(line)) })
  const file = options.outputs ? {} : { file: join(folder, '{date}.log') }
  const bind = options.connect === undefined ? { bind: `tcp://${loopback}:*` } : {}
  const resolved = parseCollectorOptions({ ...bind, ...file, ...options })
  const collector = await Collector.start(resolved, logger, now)
  t.teardown(() => collector.stop())
  const read = (): string => readFolder(folder)
  return {
    collector,
    address: collector.addresses[0] ?? '',
    folder,
    entries,
    read,
    waitForLines: count => waitForLines(read, count)
  }
}

/** Every file in a folder, joined in the order of their names. */
export function readFolder(folder: string): string {
  if (!existsSync(folder)) return ''
  return readdirSync(folder)
    .filter(name => name.endsWith('.log'))
    .toSorted()
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('')
}

/** Waits until there are at least `count` whole lines. */
export function waitForLines(read: () => string, count: number): Promise<string[]> {
  return waitFor(() => {
    const lines = read().split('\n').slice(0, -1)
    return lines.length >= count && lines
  }, `${count} lines`)
}
