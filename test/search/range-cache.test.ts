/** What is known of a file never hides an entry, whatever happens to the file between two searches. */
import {
  appendFileSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { closeFile, openFile, type OpenFile } from '../../lib/search/files.ts'
import { planFile } from '../../lib/search/plan.ts'
import { everything, type LineSettings, type Query } from '../../lib/search/query.ts'
import { RangeCache, type FileRanges } from '../../lib/search/range-cache.ts'
import { search } from '../../lib/search/search.ts'
import { createRandom } from '../helpers/seeded-random.ts'
import { readOutput, searchNaively, toOutput } from './naive-search.ts'
import { makeLog, makeQuery, startMs } from './random-log.ts'

const output = {
  form: 'json',
  isColored: false,
  isTerminal: false,
  isReversed: false,
  limit: 0
} as const

function toLines(format: LineSettings['format']): LineSettings {
  return { format, timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' }
}

const values = { app: undefined, host: undefined }
const small = { rangeBytes: 2048, maxRanges: 1000 }

async function find(
  path: string,
  query: Query,
  lines: LineSettings,
  cache: RangeCache
): Promise<string> {
  const found: Buffer[] = []
  const troubles: string[] = []
  const listener = {
    write: async (bytes: Uint8Array) => found.push(Buffer.from(bytes)) > 0,
    onProgress: () => undefined,
    onTrouble: (message: string) => troubles.push(message),
    onGone: (gone: string) => troubles.push(gone)
  }
  const files = [{ paths: [path], values, bytes: 0 }]
  await search(files, { query, lines, output }, listener, { cache, threads: 0 })
  if (troubles.length > 0) throw new Error(troubles.join(' '))
  return Buffer.concat(found).toString('latin1')
}

/** What may happen to a file between two searches. */
const events: Record<
  string,
  (path: string, log: Buffer, random: (below: number) => number) => void
> = {
  'lines are appended': (path, log) => appendFileSync(path, log),
  'half a line is appended': (path, log) => appendFileSync(path, log.subarray(0, log.length >> 1)),
  nothing: () => undefined,
  'its end is cut off'(path, _log, random) {
    const { length } = readFileSync(path)
    truncateSync(path, Math.max(0, length - random(3000)))
  },
  'its end is cut off, and others are appended'(path, log, random) {
    const { length } = readFileSync(path)
    truncateSync(path, Math.max(0, length - random(3000)))
    appendFileSync(path, Buffer.concat([log, log, log]))
  },
  'it is emptied and written again'(path, log) {
    truncateSync(path)
    appendFileSync(path, Buffer.concat([log, log, log, log]))
  },
  'another file has its name': (path, log) => {
    rmSync(path)
    writeFileSync(path, Buffer.concat([log, log]))
  },
  'other bytes of the same length'(path, log) {
    const { length } = readFileSync(path)
    const other = Buffer.alloc(length, log.length === 0 ? 'x' : log)
    writeFileSync(path, other)
    utimesSync(path, 1, 1) // two writes may be within the time that a clock of the file system can tell
  }
}

test('a search with a cache finds what a naive one finds, whatever happens to the file', async t => {
  let skipped = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed)
    const lines = toLines(random(3) === 0 ? 'text' : 'ndjson')
    const path = join(t.testdir({}), `log-${seed}`)
    writeFileSync(path, makeTidyLog(random, 1 + random(100)))
    const cache = new RangeCache(random(5) === 0 ? { ...small, maxRanges: 3 } : small)
    const history: string[] = []
    for (let step = 0; step < 8; step++) {
      const query = makeTimeQuery(random, lines.format === 'text')
      // Each search is made twice: the second one knows what the first has learned.
      for (let round = 0; round < 2; round++) {
        const wanted = toOutput(searchNaively(readFileSync(path), query, lines), lines)
        const found = readOutput(await find(path, query, lines, cache), lines)
        if (found === wanted) continue
        t.equal(found, wanted, `seed ${seed}: ${history.join(', ')}; ${JSON.stringify(query)}`)
        return
      }
      skipped += countSkipped(path, query, lines, cache)
      const names = Object.keys(events)
      const name = names[random(names.length)] as string
      history.push(name)
      events[name]?.(path, makeTidyLog(random, random(40)), random)
    }
    t.ok(cache.size <= 1000)
  }
  t.ok(skipped > 100_000, `${skipped} bytes were not read`)
})

/** Mostly times and levels, by which ranges are left out. */
function makeTimeQuery(random: (below: number) => number, isText: boolean): Query {
  if (random(4) === 0) return makeQuery(random, isText)
  const sinceMs = startMs + random(60_000) - 20_000
  const level = random(3) === 0 ? 40 : 0
  return {
    ...everything,
    sinceMs,
    untilMs: sinceMs + random(20_000),
    withUntimed: random(3) === 0,
    level
  }
}

/** A log in which few lines have no time or no level, so that ranges can be left out. */
function makeTidyLog(random: (below: number) => number, count: number): Buffer {
  const firstMs = startMs + random(60_000) - 20_000
  const lines = Array.from({ length: count }, (_, index) => {
    if (random(60) === 0) return makeLog(random, 1)
    const record = {
      level: 10 * (2 + random(3)),
      time: firstMs + index * 10,
      msg: 'x'.repeat(random(150))
    }
    return Buffer.from(`${JSON.stringify(record)}\n`)
  })
  return Buffer.concat(lines)
}

/** Bytes that a search would not read. */
function countSkipped(path: string, query: Query, lines: LineSettings, cache: RangeCache): number {
  const file = openFile({ paths: [path], values, bytes: 0 }) as OpenFile
  const known = (): FileRanges => cache.open(file.fd, file.stats, lines)
  const { skippedBytes } = planFile(file, values, { query, lines, output }, known)
  closeFile(file)
  return skippedBytes
}
