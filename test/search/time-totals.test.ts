/** Numbers of records by time and level are those of a naive count, in buckets that follow each other. */
import { test } from 'tap'
import { everything, type LineSettings } from '../../lib/search/query.ts'
import { Scanner } from '../../lib/search/scanner.ts'
import { countedLevels, TimeCounter } from '../../lib/search/time-counter.ts'
import { toBuckets, TimeTotals } from '../../lib/search/time-totals.ts'
import { createRandom } from '../helpers/seeded-random.ts'
import { findNaively } from './naive-search.ts'
import { makeLog, startMs } from './random-log.ts'

const lines: LineSettings = {
  format: 'ndjson',
  timeKey: '',
  levelKey: '',
  messageKey: '',
  timezone: 'utc'
}
const [none, all] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

const spans: [name: string, sinceMs: number, untilMs: number][] = [
  ['both times', startMs - 1000, startMs + 7001],
  ['only a first time', startMs + 1000, all],
  ['only a last time', none, startMs + 5000],
  ['a last time in many years', startMs, startMs + 1e12],
  ['no times', none, all]
]

for (const [name, sinceMs, untilMs] of spans) {
  test(`a query with ${name} counts as a naive count does`, async t => {
    const random = createRandom(sinceMs > 0 ? 2 : 1)
    const maxBuckets = 20
    const query = { ...everything, sinceMs, untilMs, withUntimed: true }
    const buckets = toBuckets(query, maxBuckets)
    const totals = new TimeTotals(buckets)
    const scanner = new Scanner(query, lines)
    const counter = new TimeCounter(buckets, lines)
    const logs = [1, 2, 3].map(() => makeLog(random, 100))
    for (const log of logs) totals.add(counter.count(log, scanner.scan(log, 0)))
    const table = totals.toTable(query, maxBuckets)

    const wanted = countedLevels.map(() => (table.levels[0] ?? []).map(() => 0))
    const entries = logs.flatMap(log => findNaively(log, query, lines))
    for (const { timeMs, level } of entries) {
      if (Number.isNaN(timeMs)) continue
      const row = Number.isNaN(level) ? 2 : countedLevels.findLastIndex(each => each <= level)
      const numbers = wanted[row] as number[]
      numbers[Math.floor((timeMs - table.sinceMs) / table.bucketMs)]! += 1
    }
    t.strictSame(table.levels, wanted)
    t.equal(table.withoutTime, entries.filter(({ timeMs }) => Number.isNaN(timeMs)).length)
    const count = table.levels[0]?.length ?? 0
    t.ok(count > 1 && count <= maxBuckets, `${count} buckets`)
    if (sinceMs > 0) t.equal(table.sinceMs, sinceMs)
  })
}

const levels: [level: string, counted: number][] = [
  ['8', 10],
  ['10', 10],
  ['35', 30],
  ['39.5', 30],
  ['60', 60],
  ['9000', 60],
  ['"warn"', 40],
  ['-3', 10],
  ['[]', 30]
]

for (const [level, counted] of levels) {
  test(`a level of ${level} counts as ${counted}`, async t => {
    const chunk = Buffer.from(`{"level":${level},"time":${startMs}}\n`)
    const buckets = toBuckets({ sinceMs: startMs, untilMs: startMs + 10 }, 1)
    const totals = new TimeTotals(buckets)
    totals.add(new TimeCounter(buckets, lines).count(chunk, [0, chunk.length]))
    const table = totals.toTable({ sinceMs: startMs, untilMs: startMs + 10 }, 1)
    const found = table.levels.findIndex(([number]) => number === 1)
    t.equal(countedLevels[found], counted)
  })
}

test('without records and without times there are no buckets', async t => {
  const table = new TimeTotals(toBuckets(everything, 10)).toTable(everything, 10)
  t.strictSame(table.levels, [[], [], [], [], [], []])
})
