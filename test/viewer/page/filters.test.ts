import { test } from 'tap'
import { parseFilters as parseOfCollector } from '../../../lib/viewer/filters.ts'
import {
  addFilters,
  canBeFilter,
  isEmpty,
  noFilters,
  parseFilters,
  withField,
  withoutField,
  type Filters
} from '../../../lib/viewer/page/model/filters.ts'

const cases: [search: string, filters: Partial<Filters>][] = [
  ['', {}],
  [
    'app=shop&host=web-1&topic=db.&level=40',
    { app: 'shop', host: 'web-1', topic: 'db.', level: 40 }
  ],
  ['text=a+b&text=%3Cb%3E', { texts: ['a b', '<b>'] }],
  ['field=err.code%3DEPIPE', { fields: [{ key: 'err.code', value: 'EPIPE' }] }],
  [
    'field=q%3Da%3Db&not=name%3D',
    { fields: [{ key: 'q', value: 'a=b' }], nots: [{ key: 'name', value: '' }] }
  ]
]

for (const [search, filters] of cases) {
  test(`'${search}' is read, and written the same`, async t => {
    const parsed = parseFilters(new URLSearchParams(search))
    t.strictSame(parsed, { ...noFilters, ...filters })
    const params = new URLSearchParams()
    addFilters(params, parsed)
    t.equal(params.toString(), search)
    t.equal(isEmpty(parsed), search === '')
  })
}

test('a level may also be a name', async t => {
  t.equal(parseFilters(new URLSearchParams('level=warn')).level, 40)
})

for (const search of ['level=x', 'level=-1', 'text=', 'field=x', 'field==x', 'app=']) {
  test(`'${search}' is no filter`, async t => {
    t.ok(isEmpty(parseFilters(new URLSearchParams(search))))
  })
}

const members: [key: string, value: string, isPossible: boolean][] = [
  ['order', '17', true],
  ['a.b', '', true],
  ['a=b', '17', false],
  ['', '17', false],
  ['key', 'x'.repeat(496), true],
  ['key', 'x'.repeat(497), false],
  ['k'.repeat(500), '', false]
]

for (const [key, value, isPossible] of members) {
  test(`a filter ${isPossible ? 'can' : 'cannot'} ask for a key of ${key.length} and a value of ${value.length} characters: '${key.slice(0, 5)}'`, async t => {
    t.equal(canBeFilter({ key, value }), isPossible)
    const collectorTakes = (): unknown =>
      parseOfCollector(new URLSearchParams({ field: `${key}=${value}` }))
    if (isPossible) t.doesNotThrow(collectorTakes)
  })
}

test('a value is either wanted or not wanted', async t => {
  const field = { key: 'order', value: '17' }
  const only = withField(noFilters, field, 'fields')
  t.strictSame(only, { ...noFilters, fields: [field] })
  t.strictSame(withField(only, { ...field }, 'fields'), only, 'and never twice')
  const not = withField(only, field, 'nots')
  t.strictSame(not, { ...noFilters, nots: [field] })
  t.strictSame(withoutField(not, field), noFilters)
})
