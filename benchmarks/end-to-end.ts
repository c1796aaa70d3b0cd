/**
 * Question: how fast is the whole path, log call to line in a file, and what does it cost?
 * Method:   one app a run; the clock runs from its first log call to the last write to the file. All
 *           settings are defaults: acks and journal on. Rivals take turns, in ROUNDS rounds after
 *           one that isn't counted. A run in which a line is missing is void.
 * Command:  node benchmarks/end-to-end.js
 *           LINES=1000000 ROUNDS=5 MIXED=1 (random levels and sub-topics) RIVALS=all|basic
 *           CURVE=1: what encryption costs   RATE=1000: lines a second, 0 = full speed
 *           YIELD=500: an app that goes back to its event loop after so many lines, as services do; 0 = never
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { python } from '../test/helpers/python-command.ts'
import { readCpuMs, readPeakMiB } from './helpers/cost.ts'
import { readChoices, readKnob, readSwitch } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { root } from './helpers/processes.ts'
import { median, printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import type { AppCost } from './programs/app.ts'
import { allRivals, basicRivals, curveRivals, type Pipeline, type Rival } from './rivals/rivals.ts'

const lines = readKnob('LINES', 1_000_000)
const rounds = readKnob('ROUNDS', 5)
const isMixed = readSwitch('MIXED')
const isCurve = readSwitch('CURVE')
const rate = readKnob('RATE', 0)
const linesPerTurn = readKnob('YIELD', 0)
const [rivalSet] = readChoices('RIVALS', ['all', 'basic'])
const rivals = (isCurve ? curveRivals : rivalSet === 'basic' ? basicRivals : allRivals).filter(
  ({ name, missing }) => !missing || printProgress(`left out: ${name}; ${missing}`) === null
)

/** Units are in the names; those in Us are µs a line. */
interface Run {
  perMs: number
  mainUs: number
  appUs: number
  receiverUs: number
  appMiB: number
  receiverMiB: number
}

const runs = await takeTurns(rivals, rounds, measure)
printSection(
  [
    'End to end',
    isMixed && 'random levels and sub-topics',
    isCurve && 'encryption',
    linesPerTurn > 0 && `an app that yields every ${linesPerTurn} lines`,
    rate > 0 && `${rate.toLocaleString('en')} lines per second`
  ]
    .filter(Boolean)
    .join(', '),
  `One app logs ${lines.toLocaleString('en')} lines of about 145 bytes. Medians of ${rounds} rounds, with minimum and maximum in parentheses.`,
  toTable(
    [
      'pipeline',
      'k lines/s',
      'of pino/file',
      'main thread µs/line',
      'app CPU µs/line',
      'receiver CPU µs/line',
      'app peak MiB',
      'receiver peak MiB'
    ],
    [...runs].map(([rival, list]) => toRow(rival, list))
  )
)

function toRow({ name }: Rival, list: Run[]): string[] {
  const pick = (key: keyof Run): number[] => list.map(run => run[key])
  const base = [...runs].find(([rival]) => rival.name === 'pino/file')?.[1] ?? []
  const ratio = median(pick('perMs')) / median(base.map(({ perMs }) => perMs))
  return [
    name,
    toSpread(pick('perMs')),
    ratio.toFixed(2),
    median(pick('mainUs')).toFixed(2),
    toSpread(pick('appUs'), 2),
    toSpread(pick('receiverUs'), 2),
    median(pick('appMiB')).toFixed(0),
    median(pick('receiverMiB')).toFixed(0)
  ]
}

/** @returns undefined where a line is missing */
async function measure(rival: Rival): Promise<Run | undefined> {
  const count = Math.round(lines * (rival.share ?? 1))
  const folder = new LogFolder()
  const pipeline = await rival.start(folder.path, count)
  const { receiver } = pipeline
  const ended = receiver && once(receiver, 'exit')
  const before = readCpuMs(receiver?.pid)
  let cpuMs = before
  const watch = setInterval(() => (cpuMs = readCpuMs(receiver?.pid) || cpuMs), 50) // the recipe's collector ends by itself
  const app = await runApp(pipeline, count)
  await folder.settle()
  clearInterval(watch)
  const receiverMs = (readCpuMs(receiver?.pid) || cpuMs) - before
  const receiverMiB = readPeakMiB(receiver?.pid)
  if (pipeline.stopBy) receiver?.kill(pipeline.stopBy)
  await ended
  const hasFile = rival.hasFile ?? true
  const arrived = hasFile ? folder.countLines() : count
  const ms = (hasFile ? folder.lastWriteAt : app.flushedAt) - app.startedAt
  folder.delete()
  const isVoid = arrived !== count
  printProgress(
    `${rival.name}: ${isVoid ? `void, ${arrived} of ${count} lines` : `${(count / ms).toFixed(0)} k lines/s`}`
  )
  if (isVoid) return undefined
  return {
    perMs: count / ms,
    mainUs: (app.mainMs * 1000) / count,
    appUs: (app.cpuMs * 1000) / count,
    receiverUs: (receiverMs * 1000) / count,
    appMiB: app.peakMiB,
    receiverMiB
  }
}

async function runApp(pipeline: Pipeline, count: number): Promise<AppCost> {
  const child = startApp(pipeline, count)
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  await once(child, 'close')
  return JSON.parse(output) as AppCost
}

function startApp({ target, options, address }: Pipeline, count: number): ChildProcess {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  if (target === undefined) {
    const script = join(root, 'benchmarks/programs/recipe-app.py')
    return spawn(python ?? '', [script, address ?? '', String(count)], { stdio: [...stdio] })
  }
  const env = {
    TARGET: target,
    OPTIONS: JSON.stringify(options ?? {}),
    LINES: String(count),
    RATE: String(rate),
    YIELD: String(linesPerTurn)
  }
  return spawn(process.execPath, [join(root, 'benchmarks/programs/app.js')], {
    env: { ...process.env, ...env },
    stdio: [...stdio]
  })
}
