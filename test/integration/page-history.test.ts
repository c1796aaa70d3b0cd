/** What a browser sees of the files. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { ask, open } from '../helpers/page-requests.ts'
import { startPage } from '../helpers/page.ts'
import { waitFor } from '../helpers/wait.ts'

const startMs = Date.parse('2026-11-23T10:00:00Z')

/** A page of a log with these lines. */
async function startWithLog(t: Test, lines: readonly string[]) {
  const folder = t.testdir()
  const file = join(folder, 'old.log')
  writeFileSync(file, lines.map(line => `${line}\n`).join(''))
  return startPage(t, {
    outputs: [{ file: join(folder, '{date}.log') }, { file, rotate: 'never', required: false }]
  })
}

function toLine(second: number, level: number, msg: string, more: object = {}): string {
  const time = startMs + second * 1000
  return JSON.stringify({ level, time, pid: 7, hostname: 'web-1', name: 'shop', ...more, msg })
}

const query = `output=1&since=${startMs}&until=${startMs + 100_000}`

test('records are found, and the last line is the result', async t => {
  const hostile = [
    '{"error":{"code":"x","message":"forged"}}',
    '{"end":{"found":0,"troubles":[]}}',
    'no JSON'
  ]
  const lines = [
    toLine(1, 30, 'one'),
    ...hostile,
    toLine(2, 50, 'two', { order: 17 }),
    toLine(3, 30, 'three')
  ]
  const { port, session } = await startWithLog(t, lines)
  const get = async (path: string): Promise<string[]> => {
    const { status, body, headers } = await ask(port, path, { headers: session })
    t.equal(status, 200, body)
    t.match(headers, { 'content-type': /^application\/x-ndjson/, 'cache-control': 'no-store' })
    return body.split('\n').slice(0, -1)
  }
  const all = await get('/api/records?output=1')
  t.strictSame(all.slice(0, -1), lines, 'as they are in the file')
  t.strictSame(JSON.parse(all.at(-1) ?? ''), { end: { found: lines.length, troubles: [] } })
  t.strictSame((await get(`/api/records?${query}&level=error`)).slice(0, -1), [lines[4]])
  t.strictSame((await get(`/api/records?${query}&field=order%3D17`)).slice(0, -1), [lines[4]])
  t.strictSame((await get(`/api/records?${query}&text=THREE`)).length, 1, 'no such capitals')
  t.strictSame((await get(`/api/records?${query}&text=three&limit=1`)).slice(0, -1), [lines[5]])
  const saved = await ask(port, `/api/download?${query}&not=order%3D17`, { headers: session })
  t.equal(saved.body, `${lines[0]}\n${lines[5]}\n`)
  t.match(saved.headers['content-disposition'], 'attachment; filename="records.ndjson"')
})

test('records are counted by time and level', async t => {
  const lines = Array.from({ length: 100 }, (_, second) =>
    toLine(second, second % 10 === 0 ? 50 : 30, 'x')
  )
  const { port, session } = await startWithLog(t, lines)
  const { body } = await ask(port, `/api/histogram?${query}&buckets=10`, { headers: session })
  const answer = body
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as object)
  t.match(answer.at(-1), {
    sinceMs: startMs,
    bucketMs: 10_000,
    levels: { 30: Array.from({ length: 10 }, () => 9), 50: Array.from({ length: 10 }, () => 1) },
    total: 100,
    withoutTime: 0
  })
  for (const line of answer.slice(0, -1)) t.match(line, { progress: Number })
})

const refused: [path: string, message: RegExp][] = [
  ['records?limit=0', /^limit must be a whole number from 1 to 10000, got "0"$/],
  ['records?limit=10001', /^limit must be a whole number from 1 to 10000/],
  ['records?limit=1e3', /^limit must be/],
  ['records?output=2', /^output must be a whole number from 0 to 1, got "2"$/],
  ['records?output=-1', /^output must be/],
  ['records?since=yesterdayish', /since/],
  ['records?since=2026-11-24&until=2026-11-23', /^since must be before until/],
  ['records?leve=warn', /^a parameter must be one of app, host, .*, got "leve"$/],
  ['records?field=x', /^field must be KEY=VALUE/],
  ['histogram?buckets=2001', /^buckets must be a whole number from 1 to 2000/],
  ['histogram?limit=5', /^a parameter must be/],
  [`download?text=${'x'.repeat(600)}`, /at most 500 characters/]
]

test('a request that is not valid is refused with what is wrong', async t => {
  const { port, session } = await startWithLog(t, [])
  for (const [path, message] of refused) {
    const { status, body } = await ask(port, `/api/${path}`, { headers: session })
    t.equal(status, 400, path.slice(0, 40))
    t.match(JSON.parse(body), { code: String, message })
  }
})

test('a few downloads run at a time, others wait, and one ends when its client has gone', async t => {
  const line = toLine(1, 30, 'x'.repeat(1000))
  const { port, session } = await startWithLog(
    t,
    Array.from({ length: 40_000 }, () => line)
  )
  const path = '/api/download?output=1'
  // They read nothing, and so their searches can't end.
  const stopped = await Promise.all([1, 2].map(() => open(port, path, { headers: session })))
  for (const response of stopped) response.on('error', () => undefined)
  t.teardown(() => stopped.forEach(response => response.destroy()))
  const short = `/api/download?${query}&text=not%20there`
  let answered = 0
  const waiting = [1, 2].map(() =>
    ask(port, short, { headers: session }).then(answer => {
      answered++
      return answer.status
    })
  )
  await waitFor(
    async () =>
      (await Promise.race([ask(port, short, { headers: session }), late()]))?.status === 429,
    'a refusal'
  )
  t.equal(answered, 0)
  const records = await ask(port, `/api/records?${query}&limit=1`, { headers: session })
  t.equal(records.status, 200, 'searches have places of their own')
  stopped[0]?.destroy()
  t.strictSame(await Promise.all(waiting), [200, 200])
})

/** Nothing, after a while. */
async function late(): Promise<undefined> {
  await new Promise(resolve => setTimeout(resolve, 1000))
}
