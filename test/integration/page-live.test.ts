/** What a browser sees of records as they arrive. */
import { test } from 'tap'
import { ask, open, readEvents, readLines } from '../helpers/page-requests.ts'
import { startPage, watchLive } from '../helpers/page.ts'
import { publish } from '../helpers/foreign.ts'
import { RawSender } from '../helpers/raw-sender.ts'

/** A sender that sends the same again and again until somebody has seen it. */
async function connectSender(t: Parameters<typeof startPage>[0], address: string, app = 'shop') {
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app, host: 'web-1', pid: 7 })
  let next = 1
  const send = async (...records: string[]): Promise<void> => {
    await sender.batch(next, records.length, records.map(record => `${record}\n`).join(''))
    next += records.length
  }
  return { send }
}

function parse(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

test('records of apps, and of plain publishers, are shown as they arrive', async t => {
  const page = await startPage(t)
  const { events, start } = await watchLive(t, page)
  t.match(start, { event: 'start', id: /^\d{13}$/, data: { timeMs: Number } })
  const { send } = await connectSender(t, page.address)
  await send('{"level":30,"time":1,"msg":"one"}', '{"level":50,"time":2,"msg":"two"}')
  await publish(t, page.address, [['jobs.WARNING.db', 'three']])
  const records = parse(await readLines(events, lines => lines.length === 3))
  t.match(records, [
    { name: 'shop', hostname: 'web-1', pid: 7, msg: 'one' },
    { msg: 'two' },
    { name: 'jobs', level: 40, msg: 'three' }
  ])
  await page.waitForLines(3)
})

test('what apps write stays data', async t => {
  const page = await startPage(t)
  const hostile = [
    '</script><script>alert(1)</script>',
    'a\n\nevent: start\ndata: {}\n\n',
    'a\r\rdata: x',
    '\u0000\u001b[2J\u2028\u2029\u202e',
    '"}],"shown":0}',
    '\ud800 alone',
    '\uFFFD'
  ]
  const { events } = await watchLive(t, page)
  const { send } = await connectSender(t, page.address, 'a\n\ndata: {}\n\n</script>')
  await send(...hostile.map(msg => JSON.stringify({ level: 30, time: 1, msg })))
  await send('no JSON \u0007', '{"level":30', '[1]', '')
  const lines = await readLines(events, all => all.length === hostile.length + 4)
  const records = parse(lines)
  t.strictSame(
    records.slice(0, hostile.length).map(({ msg }) => msg),
    hostile
  )
  t.match(records[0], { name: 'a\n\ndata: {}\n\n</script>' })
  t.match(
    records.slice(hostile.length).map(({ msg }) => msg),
    ['no JSON \u0007', '{"level":30', '[1]', '']
  )
  // oxlint-disable-next-line no-control-regex
  t.notMatch(lines.join(''), /[\0-\u001F\u007F-\u009F\u2028-\u202E]/)
})

test('a filter shows what it matches', async t => {
  const page = await startPage(t)
  const { events } = await watchLive(t, page, '?level=warn&app=shop&text=order')
  const shop = await connectSender(t, page.address)
  const other = await connectSender(t, page.address, 'other')
  await other.send('{"level":50,"msg":"Order of another app"}')
  await shop.send('{"level":30,"msg":"order too low"}', '{"level":40,"msg":"no match"}')
  await shop.send('{"level":40,"msg":"Order 17"}')
  t.match(parse(await readLines(events, lines => lines.length === 1)), [{ msg: 'Order 17' }])
})

test('a filter that is not valid is refused with what is wrong', async t => {
  const { port, session } = await startPage(t)
  for (const query of ['level=x', 'field=x', 'sort=up']) {
    const answer = await ask(port, `/api/live?${query}`, { headers: session })
    t.equal(answer.status, 400, query)
    t.match(JSON.parse(answer.body), {
      code: String,
      message: new RegExp(
        query.split('=')[0] === 'sort' ? 'got "sort"' : (query.split('=')[0] ?? '')
      )
    })
  }
})

test('a browser that connects again hears since when it has missed records', async t => {
  const page = await startPage(t)
  const { start } = await watchLive(t, page)
  const again = await watchLive(t, page, '', { 'last-event-id': start.id })
  t.strictSame(again.start.data['missedSinceMs'], Number(start.id))
  const forged = await watchLive(t, page, '', { 'last-event-id': '99999999999999' })
  t.strictSame(Object.keys(forged.start.data), ['timeMs'])
})

test('a browser that stops reading costs bounded memory, hears what it has missed, and slows nobody down', async t => {
  const page = await startPage(t)
  const stopped = await open(page.port, '/api/live?level=info', { headers: page.session })
  stopped.pause()
  t.teardown(() => stopped.destroy())
  const quick = await watchLive(t, page, '?level=info')
  const { send } = await connectSender(t, page.address)
  const records = Array.from({ length: 100 }, (_, n) =>
    JSON.stringify({ level: 30, time: 1, n, msg: 'x'.repeat(5000) })
  )
  let shown = 0
  let dropped: unknown
  // It stops reading until the kernel holds no more for it, and then goes on.
  const before = process.memoryUsage().rss
  for (let sent = 0; shown < 12_000_000; sent++) {
    await send(...records)
    const lines = await readLines(quick.events, all => all.length > 0)
    shown += lines.join('').length
  }
  const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20
  t.ok(grownMiB < 150, `${grownMiB} MiB more`)
  for await (const { data } of readEvents(stopped)) {
    dropped = data['dropped']
    if (dropped !== undefined) break
    await send(...records)
  }
  t.ok(Number(dropped) > 0, `${String(dropped)} dropped`)
})
