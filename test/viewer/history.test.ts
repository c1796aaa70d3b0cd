/** The history of a log: counts by time, pages of records, and how both end early. */
import { appendFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parseCollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { parseFilters } from '../../lib/viewer/filters.ts'
import { History, type HistoryQuery } from '../../lib/viewer/history.ts'

const startMs = Date.parse('2026-11-23T07:00:00Z')
const never = new AbortController().signal

function makeHistory(options: object): History {
  const { outputs, timezone } = parseCollectorOptions({ timezone: 'utc', ...options })
  return new History(outputs, timezone)
}

function toQuery(filters: string, times: Partial<HistoryQuery> = {}): HistoryQuery {
  return {
    output: 0,
    filters: parseFilters(new URLSearchParams(filters)),
    sinceMs: Number.NEGATIVE_INFINITY,
    untilMs: Number.POSITIVE_INFINITY,
    ...times
  }
}

/** One record per second, each tenth a warning. */
function makeLines(count: number, from = 0, padding = ''): string {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index
    const level = number % 10 === 0 ? 40 : 30
    return `{"level":${level},"time":${startMs + number * 1000},"name":"${number % 2 ? 'shop' : 'bill'}","msg":"${number}${padding}"}\n`
  }).join('')
}

async function find(history: History, query: HistoryQuery, limit = 0): Promise<string> {
  const pieces: Buffer[] = []
  const write = async (lines: Buffer): Promise<void> => void pieces.push(lines)
  const { found, troubles } = await history.find(query, limit, write, never)
  const text = Buffer.concat(pieces).toString()
  if (text.split('\n').length - 1 !== found || troubles.length > 0) throw new Error(troubles.join())
  return text
}

test('records are counted by time and level, those without a time apart', async t => {
  const folder = t.testdir({
    '2026-11-22.log': makeLines(60),
    '2026-11-23.log': `${makeLines(60, 60)}no record\n{"msg":"no time"}\n`
  })
  const history = makeHistory({ file: join(folder, '{date}.log') })
  const shares: number[] = []
  const span = { sinceMs: startMs + 30_000, untilMs: startMs + 90_000 }
  const onProgress = (share: number): void => void shares.push(share)
  const counted = await history.countByTime(toQuery('', span), 3, onProgress, never)
  t.strictSame(counted, {
    sinceMs: span.sinceMs,
    bucketMs: 20_000,
    levels: { 30: [18, 18, 18], 40: [2, 2, 2] },
    total: 60,
    withoutTime: 2,
    troubles: []
  })
  t.equal(shares.at(-1), 1)
  const filtered = toQuery('level=warn&app=bill&not=msg=50', span)
  t.match(await history.countByTime(filtered, 3, onProgress, never), {
    levels: { 40: [2, 1, 2] },
    total: 5,
    withoutTime: 0
  })
  const whole = await history.countByTime(toQuery(''), 4, onProgress, never)
  t.match(whole, { total: 120, withoutTime: 2 })
  t.ok(whole.sinceMs <= startMs && startMs < whole.sinceMs + whole.bucketMs)
})

test('a page of records has those of its times, in the order of the files', async t => {
  const folder = t.testdir({ '2026-11-23.log': makeLines(20, 10), '2026-11-22.log': makeLines(10) })
  const history = makeHistory({ file: join(folder, '{date}.log') })
  const span = { sinceMs: startMs + 8000, untilMs: startMs + 12_000 }
  t.equal(await find(history, toQuery('', span)), makeLines(4, 8))
  t.equal(await find(history, toQuery(''), 12), makeLines(12))
  t.equal(await find(history, toQuery('text=nothing')), '')
})

test('of a record that is too long for a page, a page has the beginning; a download has all of it', async t => {
  const long = `{"level":30,"time":${startMs},"msg":"${'é'.repeat(600_000)}"}\n`
  const folder = t.testdir({ '2026-11-23.log': makeLines(1) + long + makeLines(1) })
  const history = makeHistory({ file: join(folder, '{date}.log') })
  const [first, second, third] = (await find(history, toQuery(''), 10)).split('\n')
  t.strictSame([first, third], [makeLines(1).trim(), makeLines(1).trim()])
  const record = JSON.parse(second ?? '') as Record<string, unknown>
  t.match(record, { level: 30, time: startMs, recordBytes: Buffer.byteLength(long) - 1 })
  t.ok(long.startsWith(String(record['msg']).slice(0, 1000)))
  t.equal(await find(history, toQuery('')), makeLines(1) + long + makeLines(1))
})

test('a log of which no file exists yet has no records', async t => {
  const history = makeHistory({ file: join(t.testdir({}), '{date}.log') })
  t.equal(await find(history, toQuery('')), '')
  const counted = await history.countByTime(toQuery(''), 10, () => undefined, never)
  t.match(counted, { total: 0, levels: {}, troubles: [] })
})

test('entries of the text format are objects; what they do not have cannot be searched for', async t => {
  const folder = t.testdir({
    '2026-11-23.log': '2026-11-23 07:00:01,000 | ERROR | db | failed\n    at line 2\n'
  })
  const history = makeHistory({ file: join(folder, '{date}.log'), format: 'text' })
  const text = '2026-11-23 07:00:01,000 | ERROR | db | failed\n    at line 2'
  const found = await find(history, toQuery('text=failed&text=at line'))
  t.strictSame(JSON.parse(found), { level: 50, time: startMs + 1000, text })
  await t.rejects(find(history, toQuery('field=a=b')), {
    message: /field needs a log in the format ndjson; .* has the format text: use text/
  })
  await t.rejects(find(history, toQuery('not=app=shop')), { message: /not app needs a path with/ })
})

test('a log is chosen by its number, and an app by its path', async t => {
  const folder = t.testdir({
    apps: {
      shop: { '2026-11-23.log': '{"msg":"of shop"}\n' },
      bill: { '2026-11-23.log': '{"msg":"of bill"}\n' }
    },
    all: { '2026-11-23.log': '{"msg":"all"}\n' }
  })
  const files = ['all/{date}.log', 'apps/{app}/{date}.log'].map(name => join(folder, name))
  const history = makeHistory({
    outputs: [{ file: files[0] }, { file: files[1], required: false }]
  })
  t.equal(await find(history, toQuery('')), '{"msg":"all"}\n')
  const query = (filters: string): HistoryQuery => toQuery(filters, { output: 1 })
  t.equal(await find(history, query('app=shop')), '{"msg":"of shop"}\n')
  t.equal(await find(history, query('not=app=shop')), '{"msg":"of bill"}\n')
  await t.rejects(find(history, toQuery('', { output: 2 })), {
    message: /output must be the number of an output, 0 to 1, got 2/
  })
})

test('lines that are appended between two searches are found by the second one', async t => {
  const path = join(t.testdir({}), '2026-11-23.log')
  const padding = 'x'.repeat(1000)
  writeFileSync(path, makeLines(4000, 0, padding))
  const history = makeHistory({ file: join(path, '../{date}.log') })
  const span = { sinceMs: startMs + 3_998_000, untilMs: startMs + 4_002_000 }
  t.equal(await find(history, toQuery('', span)), makeLines(2, 3998, padding))
  appendFileSync(path, makeLines(10, 4000, padding))
  t.equal(await find(history, toQuery('', span)), makeLines(4, 3998, padding))
})

/** Paths in a folder that this process has open. */
function listOpen(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return []
    }
  })
}

const ways: [name: string, run: (history: History, control: AbortController) => unknown][] = [
  [
    'a count, whose threads end at once',
    (history, control) =>
      history.countByTime(toQuery(''), 10, () => control.abort(new Error('enough')), control.signal)
  ],
  [
    'a search whose reader takes nothing any more',
    (history, control) => {
      const write = (): Promise<void> => {
        setImmediate(() => control.abort(new Error('enough')))
        return new Promise(() => undefined)
      }
      return history.find(toQuery(''), 0, write, control.signal)
    }
  ],
  [
    'a search that has not begun',
    (history, control) => {
      control.abort(new Error('enough'))
      return history.find(toQuery(''), 0, async () => undefined, control.signal)
    }
  ]
]

for (const [name, run] of ways) {
  for (const records of [2000, 14_000]) {
    test(`an abort ends ${name}, in a log of ${records} KB`, async t => {
      const folder = t.testdir({ '2026-11-23.log': makeLines(records, 0, 'x'.repeat(1000)) })
      const history = makeHistory({ file: join(folder, '{date}.log') })
      await t.rejects(Promise.resolve(run(history, new AbortController())), { message: 'enough' })
      if (process.platform === 'linux') t.strictSame(listOpen(folder), [])
    })
  }
}

test('what a reader throws ends the search', async t => {
  const folder = t.testdir({ '2026-11-23.log': makeLines(10) })
  const history = makeHistory({ file: join(folder, '{date}.log') })
  const write = async (): Promise<void> => {
    throw new Error('no reader')
  }
  await t.rejects(history.find(toQuery(''), 0, write, never), { message: 'no reader' })
})
