/** A live record matches where a search would find it. */
import { test } from 'tap'
import { parseFilters } from '../../lib/viewer/filters.ts'
import { LiveTest } from '../../lib/viewer/live-test.ts'

const record = {
  level: 40,
  time: 1_795_417_602_000,
  hostname: 'web-1',
  name: 'shop',
  order: 17,
  err: { code: 'EPIPE' },
  'service.name': 'pay',
  'a.b': { 'c d': 1, e: { 'f.g': null } },
  msg: 'db.query::Zahlung über "17" Euro'
}

const cases: [filters: string, isShown: boolean][] = [
  ['', true],
  ['level=warn', true],
  ['level=error', false],
  ['app=shop&app=bill', true],
  ['app=bill', false],
  ['host=web-1', true],
  ['host=db-1', false],
  ['not=app=shop', false],
  ['not=app=bill', true],
  ['not=host=web-1', false],
  ['topic=db', true],
  ['topic=http', false],
  ['text=ZAHLUNG', false],
  ['text=zahlung', true],
  ['text=Zahlung', true],
  ['text=%C3%BCber "17"', true],
  ['text=.*', false],
  ['text=zahlung&text=pounds', false],
  ['field=order=17&field=err.code=EPIPE', true],
  ['field=order=18', false],
  ['field=service.name=pay', true],
  ['field=a.b.c d=1', true],
  ['field=a.b.e.f.g=null', true],
  ['field=a.b.e=null', false],
  ['field=.a.b.c d=1', false],
  ['not=a.b.c d=1', false],
  ['not=order=17', false],
  ['not=order=18&not=nothing=', true]
]

for (const [filters, isShown] of cases) {
  test(`'${filters}' ${isShown ? 'shows' : 'hides'} the record`, async t => {
    const live = new LiveTest(parseFilters(new URLSearchParams(filters)))
    t.equal(live.matches(JSON.stringify(record)), isShown)
    const escaped = JSON.stringify(record).replace('ü', String.raw`\u00FC`)
    t.equal(live.matches(escaped), isShown, 'also where it is written with escapes')
  })
}

test('the sender of a record that names another app is both of them', async t => {
  const line = JSON.stringify({ ...record, sentBy: 'gateway@web@2' })
  const shows = (filters: string): boolean =>
    new LiveTest(parseFilters(new URLSearchParams(filters))).matches(line)
  t.ok(shows('app=shop'))
  t.ok(shows('app=gateway@web&host=2'))
  t.notOk(shows('not=host=2'))
  t.notOk(shows('app=web'))
})
