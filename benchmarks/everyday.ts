/**
 * Question: what does a line cost on an ordinary day?
 * Method:   apps log at the rates at which services live, evenly over time; each logger has a transport,
 *           and so a worker, of its own, all in one process. CPU time of all threads is counted for
 *           SECONDS, after WARM seconds that aren't: at these rates V8 needs half a minute until it has compiled
 *           what runs often, and a service runs for days. Then 100 connections send fixed batches to the receivers,
 *           where 3 s are enough. Rivals take turns, in ROUNDS rounds. A run in which a line is missing is void.
 * Command:  node benchmarks/everyday.js        WARM=30 SECONDS=5 ROUNDS=2
 *           POINTS=1000x1,20000by5 (lines a second x loggers, lines a second by lines a batch)
 *           RIVALS=noop,file,ours,rsyslog
 *           apt-get install rsyslog, and npm install --prefix benchmarks/rivals
 */
import { loopback } from '../test/helpers/loopback.ts'
import {
  measureApp,
  measureBatches,
  type BatchReceiver,
  type Cost
} from './helpers/everyday-run.ts'
import { readChoices, readKnob } from '../test/helpers/knobs.ts'
import { startCollector } from './helpers/processes.ts'
import { median, printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import { everydayRivals } from './rivals/rivals.ts'
import { missingRsyslog, startRsyslogTcp } from './rivals/rsyslog.ts'

/** Lines a second and loggers; most that a line may cost, as a share of pino/file's and of rsyslog's. */
const appPoints = {
  '100x1': { rate: 100, loggers: 1, ofFile: 1.5, ofRsyslog: 4 },
  '1000x1': { rate: 1000, loggers: 1, ofFile: 1.5, ofRsyslog: 1.5 },
  '1000x10': { rate: 1000, loggers: 10, ofFile: 2, ofRsyslog: 1.5 },
  '10000x1': { rate: 10_000, loggers: 1, ofFile: 1.5, ofRsyslog: 1 }
}
const batchPoints = {
  '20000by1': { rate: 20_000, linesPerBatch: 1 },
  '20000by5': { rate: 20_000, linesPerBatch: 5 },
  '80000by20': { rate: 80_000, linesPerBatch: 20 }
}
type Name = keyof typeof everydayRivals
type Costs = Map<Name, Cost[]>

const senders = 100
const warmSeconds = readKnob('WARM', 30)
const seconds = readKnob('SECONDS', 5)
const rounds = readKnob('ROUNDS', 2)
const points = readChoices('POINTS', [...keysOf(appPoints), ...keysOf(batchPoints)])
const rivals = readChoices('RIVALS', keysOf(everydayRivals))
const appRivals = rivals.filter(name => isThere(name, everydayRivals[name].missing))

/** Receivers of fixed batches, and what sends to them. */
const receivers: Partial<Record<Name, (folder: string) => Promise<BatchReceiver>>> = {
  async ours(folder) {
    const { child, address } = await startCollector(folder)
    return { child, program: 'batch-sender', env: { ADDRESS: address } }
  },
  async rsyslog(folder) {
    const { child, port } = await startRsyslogTcp(folder)
    return { child, program: 'tcp-sender', env: { HOST: loopback, PORT: String(port) } }
  }
}

const batchRivals = rivals.filter(
  name => receivers[name] && isThere(name, name === 'rsyslog' && missingRsyslog('imtcp'))
)

const appRows: string[][] = []
for (const point of keysOf(appPoints).filter(name => points.includes(name))) {
  const { rate, loggers, ofFile, ofRsyslog } = appPoints[point]
  const load = { rate, loggers, warmSeconds, seconds }
  const measure = (name: Name) => measureApp(everydayRivals[name], load)
  const costs = await takeTurns(appRivals, rounds, measure, 0)
  const aboveNoop = (name: Name): number =>
    pick(costs, name, 'appUs') - pick(costs, 'noop', 'appUs')
  for (const [name, list] of costs) {
    const isOurs = name === 'ours'
    appRows.push([
      `${rate.toLocaleString('en')} × ${loggers}`,
      everydayRivals[name].name,
      spread(list, 'appUs'),
      toRatio(aboveNoop(name), aboveNoop('file'), isOurs && ofFile),
      receivers[name] ? spread(list, 'receiverUs') : '',
      toRatio(
        pick(costs, name, 'receiverUs'),
        pick(costs, 'rsyslog', 'receiverUs'),
        isOurs && ofRsyslog
      ),
      pick(costs, name, 'appMiB').toFixed(0)
    ])
  }
}

const batchRows: string[][] = []
for (const point of keysOf(batchPoints).filter(name => points.includes(name))) {
  const { rate, linesPerBatch } = batchPoints[point]
  const costs = await takeTurns(batchRivals, rounds, name => {
    const load = { rate, linesPerBatch, senders, warmSeconds: Math.min(3, warmSeconds), seconds }
    return measureBatches(everydayRivals[name].name, receivers[name] as never, load)
  })
  for (const [name, list] of costs) {
    batchRows.push([
      `${rate.toLocaleString('en')} by ${linesPerBatch}`,
      name === 'ours' ? 'zmq-pub collector' : 'rsyslog imtcp',
      spread(list, 'receiverUs'),
      toRatio(
        pick(costs, name, 'receiverUs'),
        pick(costs, 'rsyslog', 'receiverUs'),
        name === 'ours' && 1
      ),
      pick(costs, name, 'receiverMiB').toFixed(0)
    ])
  }
}

if (appRows.length > 0) {
  printSection(
    'Everyday, apps',
    `Lines per second × loggers, measured for ${seconds} s after a warm-up of ${warmSeconds} s. Medians of ${rounds} rounds, with minimum and maximum in parentheses. "Above no-op" is the CPU time above that of the no-op worker, as a share of pino/file's. Each share is followed by its target in parentheses.`,
    toTable(
      [
        'lines/s × loggers',
        'pipeline',
        'app CPU µs/line',
        'above no-op, of pino/file',
        'receiver CPU µs/line',
        'of rsyslog',
        'app peak MiB'
      ],
      appRows
    )
  )
}
if (batchRows.length > 0) {
  printSection(
    'Everyday, fixed batches',
    `Lines per second by lines per batch, from ${senders} connections, for ${seconds} s. Medians of ${rounds} rounds, with minimum and maximum in parentheses.`,
    toTable(
      ['lines/s by batch', 'receiver', 'receiver CPU µs/line', 'of rsyslog', 'receiver peak MiB'],
      batchRows
    )
  )
}

function isThere(name: Name, missing: string | false = false): boolean {
  if (missing) printProgress(`left out: ${everydayRivals[name].name}; ${missing}`)
  return !missing
}

function pick(costs: Costs, name: Name, key: keyof Cost): number {
  return median((costs.get(name) ?? []).map(cost => cost[key]))
}

function spread(list: readonly Cost[], key: keyof Cost): string {
  return toSpread(
    list.map(cost => cost[key]),
    1
  )
}

/** `1.23 (≤ 1.5: yes)`; empty where one of both wasn't measured. */
function toRatio(value: number, base: number, target: number | false): string {
  const ratio = value / base
  if (!Number.isFinite(ratio) || value === 0 || base < 0) return '' // noise, or not measured
  const verdict = target === false ? '' : ` (≤ ${target}: ${ratio <= target ? 'yes' : 'no'})`
  return ratio.toFixed(2) + verdict
}

function keysOf<T extends object>(object: T): (keyof T & string)[] {
  return Object.keys(object) as (keyof T & string)[]
}
