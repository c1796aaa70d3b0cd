/** One run: senders with batches that were made before, and one receiver. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readCpuMs, readPeakMiB, readThreadsMs } from './cost.ts'
import { LogFolder } from './log-folder.ts'
import { readLine, startProgram } from './processes.ts'
import { printProgress } from './report.ts'

/** The receiver of a run: a collector or another program. */
export interface Receiver {
  child: ChildProcess
  address: string
  hasAcks: boolean
}

/** What a run measured of the receiver. */
export interface Run {
  /** lines per ms */
  perMs: number
  /** CPU time a line, of all threads */
  cpuUs: number
  /** CPU time a line, of the main thread */
  mainUs: number
  peakMiB: number
}

/** Starts a receiver. @param folder for its files */
export type Start = (folder: string) => Promise<Receiver>

/** What is sent. */
export interface Load {
  /** sent by each sender */
  lines: number
  senders: number
  batchBytes: number
  /** whether the lines are of all levels, one after the other */
  isMixed?: boolean
}

/**
 * Measures one run of one receiver.
 * @param copies how many files each line must be in
 * @returns undefined where a line is missing
 */
export async function measureIngest(
  name: string,
  start: Start,
  load: Load,
  copies = 1
): Promise<Run | undefined> {
  const { lines, senders } = load
  const folder = new LogFolder()
  const { child, address, hasAcks } = await start(folder.path)
  const ended = once(child, 'exit')
  const apps = await Promise.all(
    Array.from({ length: senders }, () => startSender(address, hasAcks, load))
  )
  const before = readThreadsMs(child.pid)
  const startedAt = Date.now()
  for (const app of apps) app.stdin?.write('start\n')
  await Promise.all(hasAcks ? apps.map(readLine) : [readLine(child)])
  for (const app of apps) app.stdin?.end()
  await folder.settle()
  const threads = readThreadsMs(child.pid)
  const cpuMs = readCpuMs(child.pid) - [...before.values()].reduce((sum, ms) => sum + ms, 0)
  const main = [...threads.keys()].find(key => key.endsWith(` ${child.pid}`)) ?? ''
  const mainMs = (threads.get(main) ?? 0) - (before.get(main) ?? 0)
  const peakMiB = readPeakMiB(child.pid)
  child.kill('SIGTERM') // ends the program in C, too
  await ended
  const total = lines * senders
  const arrived = folder.countLines()
  const ms = folder.lastWriteAt - startedAt
  folder.delete()
  const isWhole = arrived === total * copies
  printProgress(`${name}: ${isWhole ? (total / ms).toFixed(0) : `void, ${arrived}`}`)
  if (!isWhole) return undefined
  return {
    perMs: total / ms,
    cpuUs: (cpuMs * 1000) / total,
    mainUs: (mainMs * 1000) / total,
    peakMiB
  }
}

async function startSender(
  address: string,
  hasAcks: boolean,
  { lines, batchBytes, isMixed = false }: Load
): Promise<ChildProcess> {
  const env = {
    ADDRESS: address,
    LINES: String(lines),
    BATCH_BYTES: String(batchBytes),
    ACKS: hasAcks ? '1' : '0',
    MIXED: isMixed ? '1' : '0'
  }
  const child = startProgram('batch-sender', env)
  await readLine(child)
  return child
}
