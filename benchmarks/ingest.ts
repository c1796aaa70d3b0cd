/**
 * Question: how much can one collector take, from several hosts at once?
 * Method:   SENDERS processes send batches that were made before, LINES lines each; the clock runs
 *           until the last byte is in the file. For comparison a program in C only receives and
 *           writes, without acks or journal. Collectors take turns, in ROUNDS rounds after
 *           one that isn't counted; then comes the program in C. A run in which a line is missing is void.
 * Command:  node benchmarks/ingest.js        LINES=1000000 SENDERS=4 BATCH_BYTES=65536 ROUNDS=5
 *           apt-get install gcc libzmq3-dev, for the program in C
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { compileProgram, missingC } from './helpers/c-program.ts'
import { measureIngest, type Run, type Start } from './helpers/ingest-run.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { readLine, startCollector } from './helpers/processes.ts'
import { median, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import { sampleLine } from './helpers/sample-line.ts'

const lines = readKnob('LINES', 1_000_000)
const senders = readKnob('SENDERS', 4)
const batchBytes = readKnob('BATCH_BYTES', 65_536)
const rounds = readKnob('ROUNDS', 5)

const collectors: Record<string, Start> = {
  'zmq-pub collector': async folder => ({ ...(await startCollector(folder)), hasAcks: true }),
  'zmq-pub collector, text format': async folder => ({
    ...(await startCollector(folder, undefined, ['--format', 'text'])),
    hasAcks: true
  })
}
const floors: Record<string, Start> = {}
const floor = compileProgram('ingest-floor')
if (floor !== undefined) {
  floors['C: receive and write'] = async folder => {
    const args = [join(folder, 'floor.log'), String(lines * senders * sampleLine.length)]
    const child = spawn(floor, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    return { child, address: await readLine(child), hasAcks: false }
  }
}

// The program in C runs after the others: a run that follows it finds the kernel's memory fragmented,
// and takes a third longer.
const runs = new Map([...(await measureAll(collectors)), ...(await measureAll(floors))])
printSection(
  'Ingest',
  `${senders} processes send ${(lines * senders).toLocaleString('en')} lines in batches of ${batchBytes} bytes. Medians of ${rounds} rounds, with minimum and maximum in parentheses.${floor ? '' : ` Without the program in C: ${missingC}.`}`,
  toTable(
    ['receiver', 'k lines/s', 'of C', 'CPU µs/line', 'of this main thread', 'peak MiB'],
    [...runs].map(([name, list]) => {
      const perMs = list.map(run => run.perMs)
      const base = runs.get('C: receive and write') ?? []
      return [
        name,
        toSpread(perMs),
        base.length > 0 ? (median(perMs) / median(base.map(run => run.perMs))).toFixed(2) : '',
        toSpread(
          list.map(run => run.cpuUs),
          3
        ),
        median(list.map(run => run.mainUs)).toFixed(3),
        median(list.map(run => run.peakMiB)).toFixed(0)
      ]
    })
  )
)

function measureAll(rivals: Record<string, Start>): Promise<Map<string, Run[]>> {
  return takeTurns(Object.keys(rivals), rounds, name =>
    measureIngest(name, rivals[name] as Start, { lines, senders, batchBytes })
  )
}
