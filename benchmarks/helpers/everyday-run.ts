/** One run at an everyday rate: what an app and its receiver cost, once they are warm. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rival } from '../rivals/rivals.ts'
import { readCpuMs, readPeakMiB } from './cost.ts'
import { LogFolder } from './log-folder.ts'
import { readLine, startProgram } from './processes.ts'
import { printProgress } from './report.ts'
import { sampleLine } from './sample-line.ts'

/** What was received is written by then. Unit: ms */
const lagMs = 200

/** How much a run sends. */
interface Load {
  /** lines a second, of all loggers or senders */
  rate: number
  /** before the clock runs: code is compiled, memory is used. Unit: s */
  warmSeconds: number
  seconds: number
}

/** How a run's app logs. */
export interface AppLoad extends Load {
  loggers: number
}

/** How a run's connections send. */
export interface BatchLoad extends Load {
  senders: number
  linesPerBatch: number
}

/** What a run cost; those in Us are µs a line. */
export interface Cost {
  appUs: number
  appMiB: number
  receiverUs: number
  receiverMiB: number
}

/** Something that takes batches: a receiver, and the program that sends to it. */
export interface BatchReceiver {
  child: ChildProcess
  /** in benchmarks/programs */
  program: string
  env: NodeJS.ProcessEnv
}

/** An app with transports. @returns undefined where a line is missing */
export async function measureApp(rival: Rival, load: AppLoad): Promise<Cost | undefined> {
  const { rate, loggers, warmSeconds, seconds } = load
  const folder = new LogFolder()
  const { target, options = {}, receiver, stopBy } = await rival.start(folder.path, 0)
  const stopped = receiver && once(receiver, 'exit')
  const app = startProgram('everyday-app', {
    TARGET: target,
    OPTIONS: JSON.stringify(options),
    RATE: String(rate),
    LOGGERS: String(loggers),
    WARM: String(warmSeconds),
    SECONDS: String(seconds)
  })
  const ended = once(app, 'exit')
  const cost = await measureFromWarmToEnd(app, receiver, rate * seconds)
  app.stdin?.write('close\n')
  await ended
  await folder.settle()
  if (stopBy) receiver?.kill(stopBy)
  await stopped
  const total = Math.round(rate * (warmSeconds + seconds))
  const arrived = rival.hasFile === false ? total : folder.countLines()
  folder.delete()
  return report(`${rate} × ${loggers}, ${rival.name}`, cost, arrived, total)
}

/** Fixed batches. @returns undefined where a line is missing */
export async function measureBatches(
  name: string,
  start: (folder: string) => Promise<BatchReceiver>,
  { rate, senders, linesPerBatch, warmSeconds, seconds }: BatchLoad
): Promise<Cost | undefined> {
  const folder = new LogFolder()
  const { child, program, env } = await start(folder.path)
  const stopped = once(child, 'exit')
  const total = Math.round(rate * (warmSeconds + seconds))
  const app = startProgram(program, {
    ...env,
    RATE: String(rate),
    SENDERS: String(senders),
    LINES: String(total),
    WARM_LINES: String(Math.round(rate * warmSeconds)),
    BATCH_BYTES: String(linesPerBatch * sampleLine.length)
  })
  const ended = once(app, 'exit')
  await readLine(app)
  app.stdin?.write('start\n')
  const cost = await measureFromWarmToEnd(app, child, rate * seconds)
  app.stdin?.end()
  await ended
  await folder.settle()
  child.kill('SIGTERM')
  await stopped
  const arrived = folder.countLines()
  folder.delete()
  return report(`${rate} by ${linesPerBatch}, ${name}`, cost, arrived, total)
}

/** Both processes' cost between the two lines that the app prints, 'warm' and that it has ended. */
async function measureFromWarmToEnd(
  app: ChildProcess,
  receiver: ChildProcess | undefined,
  lines: number
): Promise<Cost> {
  const readBoth = (): number[] => [app, receiver].map(child => readCpuMs(child?.pid))
  await readLine(app)
  const before = readBoth()
  await readLine(app)
  await sleep(lagMs)
  const [appUs = 0, receiverUs = 0] = readBoth().map(
    (ms, index) => ((ms - (before[index] ?? 0)) * 1000) / lines
  )
  const [appMiB = 0, receiverMiB = 0] = [app, receiver].map(child => readPeakMiB(child?.pid))
  return { appUs, appMiB, receiverUs, receiverMiB }
}

function report(name: string, cost: Cost, arrived: number, total: number): Cost | undefined {
  const isWhole = arrived === total
  const us = `app ${cost.appUs.toFixed(1)}, receiver ${cost.receiverUs.toFixed(1)} µs a line`
  printProgress(`${name}: ${isWhole ? us : `void, ${arrived} of ${total} lines`}`)
  return isWhole ? cost : undefined
}
