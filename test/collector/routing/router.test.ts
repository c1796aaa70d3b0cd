import { test } from 'tap'
import { Router, type RouterOptions } from '../../../lib/collector/routing/router.ts'
import { Calendar } from '../../../lib/collector/time/calendar.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'

const hello: Hello = { ...createHello(), app: 'shop', host: 'web-1', pid: 7 }
const now = Date.parse('2026-11-25T12:00:00Z')

function makeRouter(options: Partial<RouterOptions>): Router {
  const calendar = new Calendar('daily', new TimeZone('utc'))
  return new Router({
    zone: new TimeZone('utc'),
    file: '{date}.log',
    symlink: '',
    level: 0,
    topic: [''],
    timeKey: '',
    levelKey: '',
    messageKey: '',
    periodAt: time => calendar.periodAt(time),
    ...options
  })
}

/** Where each of these records goes, by the names of the logs. */
function sort(router: Router, lines: readonly string[], from = 0): Record<string, string[]> {
  const payload = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const sections = router.split(payload, hello, (_log, record) => record >= from, now)
  return Object.fromEntries(
    sections.map(({ destination, bytes, records }) => {
      const found = bytes.toString().split('\n').slice(0, -1)
      if (found.length !== records) throw new Error(`${found.length} of ${records} records`)
      return [destination.id, found]
    })
  )
}

const lines = [
  '{"level":30,"time":1795478400000,"n":1}',
  '{"level":50,"time":1795564800000,"n":2}',
  '{"level":30,"time":1795564800000,"n":3,"topic":"db/a"}',
  '{"level":30,"n":4,"topic":"db_a"}'
] as const
const [one, two, three, four] = lines

test('only what must be looked into is', async t => {
  const kinds: [Partial<RouterOptions>, isSplitting: boolean, isSingle: boolean][] = [
    [{}, false, true],
    [{ file: '{app}/{host}/{pid}.log' }, false, false],
    [{ file: '{level}.log' }, true, false],
    [{ file: '{topic}.log' }, true, false],
    [{ level: 40 }, true, false],
    [{ topic: ['db'] }, true, false],
    [{ topic: ['db', ''] }, false, true],
    [{ timeKey: 'time' }, true, false]
  ]
  for (const [options, isSplitting, isSingle] of kinds) {
    t.match(makeRouter(options), { isSplitting, isSingle }, JSON.stringify(options))
  }
})

test("a sender's log is found once", async t => {
  const router = makeRouter({ file: 'Logs/{app}/{host}-{pid}.log', symlink: '{app}.log' })
  const destination = router.ofSender(hello)
  t.match(destination, {
    file: 'Logs/shop/web-1-7.log',
    id: 'logs/shop/web-1-7.log',
    period: undefined
  })
  t.ok(destination.link.endsWith('/Logs/shop/shop.log'), destination.link)
  t.equal(router.ofSender(hello), destination)
  t.equal(router.ofSender({ ...hello, app: '', pid: 0 }).file, 'Logs/unknown/web-1-unknown.log')
})

test('records of one level, topic or period stand together, in their order', async t => {
  t.strictSame(sort(makeRouter({ file: '{level}.log' }), lines), {
    'info.log': [one, three, four],
    'error.log': [two]
  })
  t.strictSame(sort(makeRouter({ file: '{topic}.log' }), lines), {
    'none.log': [one, two],
    'db_a.log': [three, four]
  })
  t.strictSame(sort(makeRouter({ timeKey: 'time' }), lines), {
    '2026-11-24.log': [one],
    '2026-11-25.log': [two, three, four]
  })
})

test('filters leave out what is below a level, or of another topic', async t => {
  t.strictSame(sort(makeRouter({ level: 40 }), lines), { '{date}.log': [two] })
  t.strictSame(sort(makeRouter({ topic: ['x', 'db/'] }), lines), { '{date}.log': [three] })
  t.strictSame(sort(makeRouter({ level: 70 }), lines), {})
})

test('where a sender says nothing, the options say which members count', async t => {
  const router = makeRouter({
    file: '{level}/{topic}.log',
    levelKey: 'lvl',
    messageKey: 'event',
    timeKey: 'ts'
  })
  const line = '{"lvl":"error","level":30,"event":"db::slow","msg":"web::x"}'
  t.strictSame(Object.keys(sort(router, [line])), ['error/db.2026-11-25.log'])
  t.strictSame(Object.keys(sort(router, ['{"level":30,"msg":"web::x"}'])), [
    'info/web.2026-11-25.log'
  ])
})

test("a sender's own keys come before those of the options", async t => {
  const options = { levelKey: 'lvl', messageKey: 'event', timeKey: 'ts' }
  const router = makeRouter({ file: '{level}/{topic}.log', ...options })
  const said = { levelKey: 'severity', messageKey: 'text', timeKey: 'at' }
  const line = `{"severity":"ERROR","lvl":"info","text":"db::slow","event":"web::x","at":1,"ts":"${new Date(now).toISOString()}"}`
  const [section] = router.split(Buffer.from(`${line}\n`), { ...hello, ...said }, () => true, now)
  t.equal(section?.destination.id, 'error/db.1970-01-01.log')
})

test('what a log has already is left out', async t => {
  t.strictSame(sort(makeRouter({ file: '{level}.log' }), lines, 2), { 'info.log': [three, four] })
})

test('all of a payload is handed on as it is', async t => {
  const payload = Buffer.from(`${one}\n`)
  const [section] = makeRouter({ timeKey: 'time' }).split(payload, hello, () => true, now)
  t.equal(section?.bytes.buffer, payload.buffer)
})

test('a notice passes every filter', async t => {
  const traits = { level: 40, levelName: 'warn', topic: '', time: now }
  const router = makeRouter({ file: '{level}.log', level: 70, topic: ['x'] })
  t.equal(router.ofNotice(hello, traits).file, 'warn.log')
  t.match(makeRouter({ timeKey: 'time' }).ofNotice(hello, traits), {
    id: '2026-11-25.log',
    period: '2026-11-25'
  })
})

test('plain messages are sorted by what their topic says', async t => {
  const traits = { level: 40, levelName: 'warn', topic: 'db', time: undefined }
  const router = makeRouter({ file: '{app}/{host}/{pid}/{level}/{topic}.log', level: 40 })
  t.equal(router.ofPlain('billing', traits, now)?.file, 'billing/unknown/unknown/warn/db.log')
  t.equal(router.ofPlain('billing', { ...traits, level: 30 }, now), undefined)
  t.equal(makeRouter({ timeKey: 'time' }).ofPlain('', traits, now)?.id, '2026-11-25.log')
})

test('more topics than are remembered are sorted as well', async t => {
  const many = Array.from({ length: 2500 }, (_, n) => `{"level":30,"topic":"t${n % 1250}"}`)
  const sorted = sort(makeRouter({ file: '{topic}.log' }), many)
  t.equal(Object.keys(sorted).length, 1250)
  t.ok(Object.values(sorted).every(found => found.length === 2))
})

test('a destination whose topic is very long is found each time, and not remembered', async t => {
  const router = makeRouter({ file: '{topic}.log' })
  const find = (topic: string) =>
    router.ofPlain('app', { level: 30, levelName: 'info', topic, time: undefined }, now)
  t.equal(find('short'), find('short'))
  const [long, again] = [find('x'.repeat(10_000)), find('x'.repeat(10_000))]
  t.strictSame(long, again)
  t.not(long, again)
})
