/** The filters of a URL: what they mean, and what is refused. */
import { test } from 'tap'
import { parseFilters, parseTimes, toLiveFilter } from '../../lib/viewer/filters.ts'

test('all filters can be given, most of them several times', async t => {
  const text =
    'app=shop&app=bill&host=web&topic=db&level=warn&text=Paid&text=%22x%22&field=order=17&field=a.b=&not=app=cron&not=err.code=EPIPE&since=1&other='
  t.strictSame(parseFilters(new URLSearchParams(text)), {
    level: 40,
    texts: ['Paid', '"x"'],
    apps: ['shop', 'bill'],
    hosts: ['web'],
    topics: ['db'],
    fields: [
      { key: 'order', value: '17' },
      { key: 'a.b', value: '' }
    ],
    notApps: ['cron'],
    notHosts: [],
    notFields: [
      { key: 'app', value: 'cron' },
      { key: 'err.code', value: 'EPIPE' }
    ]
  })
})

test('empty filters count as not given', async t => {
  const filters = parseFilters(new URLSearchParams('app=&level=&text=&field=&not='))
  t.strictSame(filters, parseFilters(new URLSearchParams()))
})

const refused: [query: string, message: RegExp][] = [
  ['level=loud', /level must be a level name such as warn, or a number, got "loud"/],
  ['level=warn&level=error', /level can be given once, got "warn, error"/],
  ['field=order', /field must be KEY=VALUE, such as order=17/],
  ['not==x', /not must be KEY=VALUE/],
  [`text=${'x'.repeat(501)}`, /a filter may have at most 500 characters, got "x+\.\.\."/],
  ['text=x&'.repeat(51), /at most 50 filters can be used at a time, got 51; remove some/]
]

for (const [query, message] of refused) {
  test(`${query.slice(0, 30)} is refused`, async t => {
    t.throws(() => parseFilters(new URLSearchParams(query)), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message
    })
  })
}

test('times are numbers, durations, or dates in the timezone of the collector', async t => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z')
  const parse = (text: string): unknown =>
    parseTimes(new URLSearchParams(text), 'Europe/Berlin', nowMs)
  t.strictSame(parse('since=1795417602000&until='), {
    sinceMs: 1_795_417_602_000,
    untilMs: Number.POSITIVE_INFINITY
  })
  t.strictSame(parse('since=2h&until=2026-11-23T12:30'), {
    sinceMs: nowMs - 7_200_000,
    untilMs: nowMs - 1_800_000
  })
  t.strictSame(parse('since=-900000&until=900000'), { sinceMs: -900_000, untilMs: 900_000 })
  t.throws(() => parse('since=1h&until=2h'), { message: /since must be before until/ })
  t.throws(() => parse('since=soon'), { message: /since must be a duration before now/ })
})

test('filters that are too long for the live records are not pushed down', async t => {
  const filters = parseFilters(
    new URLSearchParams(`level=40&${`app=${'x'.repeat(400)}&`.repeat(20)}`)
  )
  t.strictSame(toLiveFilter(filters), { level: 40, apps: [], hosts: [], topics: [] })
  const short = parseFilters(new URLSearchParams('app=shop&topic=db'))
  t.strictSame(toLiveFilter(short), { level: 0, apps: ['shop'], hosts: [], topics: ['db'] })
})
