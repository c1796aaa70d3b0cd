/** The history of the page in a log of a million records, for benchmarks/search.ts. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseCollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { parseFilters } from '../../lib/viewer/filters.ts'
import { History, type HistoryQuery } from '../../lib/viewer/history.ts'
import { printProgress, toSpread, toTable } from './report.ts'
import { averageBytes, dayMs, writeCorpus } from './search-corpus.ts'

const records = 1_000_000
const hourMs = 3_600_000
const noonMs = dayMs + 12 * hourMs
const signal = new AbortController().signal

/** One thing that the page asks for. @returns the number of records */
type Request = (history: History) => Promise<number>

const requests: [name: string, request: Request][] = [
  ['a histogram of the day', count('', dayMs, 24 * hourMs)],
  ['a histogram of an hour', count('', noonMs, hourMs)],
  ['a histogram of the day, errors only', count('level=error', dayMs, 24 * hourMs)],
  ['a histogram of the day, a text', count('text=payment declined', dayMs, 24 * hourMs)],
  ['the records of a minute', list(noonMs, 60_000)]
]

/** Measures each request, by a history that knows nothing and by one that has counted the day. @returns a table */
export async function measureHistory(folder: string, rounds: number): Promise<string> {
  mkdirSync(folder, { recursive: true })
  writeCorpus(folder, records * averageBytes, records / 1000)
  const { outputs } = parseCollectorOptions({ file: join(folder, '{date}.log'), timezone: 'utc' })
  const [[, countDay]] = requests as [(typeof requests)[number]]
  const known = new History(outputs, 'utc')
  if ((await countDay(known)) !== records) throw new Error('not all records were counted')
  const rows: string[][] = []
  for (const [name, request] of requests) {
    printProgress(name)
    const times = { first: [] as number[], later: [] as number[] }
    const counts = new Set<number>()
    for (let round = 0; round < rounds; round++) {
      for (const which of ['first', 'later'] as const) {
        const history = which === 'first' ? new History(outputs, 'utc') : known
        const startedAt = performance.now()
        counts.add(await request(history))
        times[which].push(performance.now() - startedAt)
      }
    }
    if (counts.size !== 1) throw new Error(`${name}: found ${[...counts].join(' and ')} records`)
    rows.push([name, [...counts].join(''), toSpread(times.first), toSpread(times.later)])
  }
  return toTable(['request', 'records', 'first, ms', 'later, ms'], rows)
}

function count(filters: string, sinceMs: number, lengthMs: number): Request {
  const query = toQuery(filters, sinceMs, lengthMs)
  return async history => {
    const { total } = await history.countByTime(query, 200, () => undefined, signal)
    return total
  }
}

function list(sinceMs: number, lengthMs: number): Request {
  const query = toQuery('', sinceMs, lengthMs)
  return async history => {
    const { found } = await history.find(query, 0, async () => undefined, signal)
    return found
  }
}

function toQuery(filters: string, sinceMs: number, lengthMs: number): HistoryQuery {
  const untilMs = sinceMs + lengthMs
  return { output: 0, filters: parseFilters(new URLSearchParams(filters)), sinceMs, untilMs }
}
