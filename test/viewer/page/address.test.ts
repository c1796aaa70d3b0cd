import { test } from 'tap'
import { parseAddress, toAddress, type PageState } from '../../../lib/viewer/page/model/address.ts'
import { noFilters } from '../../../lib/viewer/page/model/filters.ts'
import { defaultRange } from '../../../lib/viewer/page/model/time-range.ts'

const start: PageState = {
  view: 'live',
  filters: noFilters,
  range: defaultRange,
  output: undefined
}

const cases: [address: string, state: Partial<PageState>][] = [
  ['', {}],
  ['?view=senders', { view: 'senders' }],
  ['?view=history&since=1h', { view: 'history' }],
  ['?view=history&since=15m&output=2', { view: 'history', range: { lastMs: 900_000 }, output: 2 }],
  [
    '?view=history&app=shop&since=1000&until=2000',
    {
      view: 'history',
      filters: { ...noFilters, app: 'shop' },
      range: { sinceMs: 1000, untilMs: 2000 }
    }
  ],
  ['?level=40&since=7d', { filters: { ...noFilters, level: 40 }, range: { lastMs: 604_800_000 } }]
]

for (const [address, state] of cases) {
  test(`the address '${address}' is read, and written the same`, async t => {
    t.strictSame(parseAddress(address), { ...start, ...state })
    t.equal(toAddress({ ...start, ...state }), address)
  })
}

const invalid = [
  '?view=other',
  '?since=yesterday',
  '?since=0m',
  '?since=2000&until=1000',
  '?since=1000',
  '?output=-1',
  '?output=1.5'
]

for (const address of invalid) {
  test(`'${address}' shows what is shown without it`, async t => {
    t.strictSame(parseAddress(address), start)
  })
}
