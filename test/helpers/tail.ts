/** `zmq-pub-collector tail` as a child process, and collectors that publish. */
import { join } from 'node:path'
import type { Test } from 'tap'
import {
  startCollectorProgram,
  startProgram,
  type CollectorProgram,
  type Program,
  type ProgramOptions
} from './program.ts'
import { loopback } from './loopback.ts'
import { waitFor } from './wait.ts'

/** A collector that publishes. */
export interface PublishingCollector extends CollectorProgram {
  /** where it publishes */
  liveAddress: string
  /** its only log */
  file: string
}

/** Starts a collector with one file that publishes at a free port. */
export async function startPublishing(
  t: Test,
  args: string[] = [],
  publish = `tcp://${loopback}:*`
): Promise<PublishingCollector> {
  const file = join(t.testdirName, 'all.log')
  const all = ['--file', file, '--rotate', 'never', '--publish', publish, ...args]
  const collector = await startCollectorProgram(t, all)
  const { address } = await collector.waitForEntry('publishing')
  return { ...collector, liveAddress: String(address), file }
}

/** Starts a tail, and waits until it is connected. */
export async function startTail(
  t: Test,
  address: string,
  args: string[] = [],
  options: ProgramOptions = {}
): Promise<Program> {
  const all = ['tail', '--connect', address, ...args]
  const tail = startProgram(t, 'collector.js', { ...options, args: all })
  await waitFor(() => tail.stderr().includes(`connected to ${address}`), 'a connected tail')
  return tail
}

/** The lines of stdout, once there are at least `count`. */
export function waitForTail(tail: Program, count: number): Promise<string[]> {
  return waitFor(() => {
    const lines = tail.stdout().split('\n').slice(0, -1)
    return lines.length >= count && lines
  }, `${count} lines of tail`)
}
