/**
 * Question: what does a line cost the collector with more and more senders?
 * Method:   the same number of lines at the same total rate, in batches of 20 as busy services make
 *           them, from 1, 10 and 100 sockets; every line must be acknowledged. They take turns, in
 *           ROUNDS rounds after one that isn't counted.
 * Command:  node benchmarks/growth.js        LINES=400000 RATE=80000 ROUNDS=3
 */
import { once } from 'node:events'
import { readCpuMs } from './helpers/cost.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, startCollector, startProgram } from './helpers/processes.ts'
import { median, printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import { sampleLine } from './helpers/sample-line.ts'

const lines = readKnob('LINES', 400_000)
const rate = readKnob('RATE', 80_000)
const rounds = readKnob('ROUNDS', 3)
const linesPerBatch = 20
const counts = [1, 10, 100]

const runs = await takeTurns(counts, rounds, measure)
const base = median(runs.get(1) ?? [])
printSection(
  'Growth',
  `${lines.toLocaleString('en')} lines at ${rate.toLocaleString('en')} per second, in batches of ${linesPerBatch}. Medians of ${rounds} rounds, with minimum and maximum in parentheses.`,
  toTable(
    ['senders', 'collector CPU µs/line', 'of one sender'],
    [...runs].map(([count, list]) => [
      String(count),
      toSpread(list, 2),
      (median(list) / base).toFixed(2)
    ])
  )
)

/** @returns the collector's CPU time a line, in µs; undefined where a line is missing */
async function measure(senders: number): Promise<number | undefined> {
  const folder = new LogFolder()
  const { child, address } = await startCollector(folder.path)
  const stopped = once(child, 'exit')
  const env = {
    ADDRESS: address,
    LINES: String(lines),
    RATE: String(rate),
    SENDERS: String(senders),
    BATCH_BYTES: String(linesPerBatch * sampleLine.length)
  }
  const app = startProgram('batch-sender', env)
  await readLine(app)
  const before = readCpuMs(child.pid)
  app.stdin?.write('start\n')
  await readLine(app)
  const cpuMs = readCpuMs(child.pid) - before
  app.stdin?.end()
  child.kill('SIGTERM')
  await stopped
  const arrived = folder.countLines()
  folder.delete()
  printProgress(`${senders} senders: ${arrived} of ${lines} lines`)
  return arrived === lines ? (cpuMs * 1000) / lines : undefined
}
