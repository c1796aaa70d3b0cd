import { test } from 'tap'
import { everything, type Query } from '../../lib/search/query.ts'
import { nowhere } from '../../lib/search/cursors.ts'
import {
  readApp,
  readHost,
  readTopic,
  toRecordTests,
  type JsonRecord
} from '../../lib/search/record-test.ts'

/** Whether a record passes all tests of a query; each that it passes must also stop at its line. */
function matches(query: Partial<Query>, record: JsonRecord): boolean {
  const line = Buffer.from(`${JSON.stringify(record)}\n`)
  return toRecordTests({ ...everything, ...query }, '').every(test => {
    test.cursor?.begin(line)
    const canMatch = test.cursor === undefined || test.cursor.next(0) !== nowhere
    const isMatch = test.matches(record)
    if (isMatch && !canMatch) throw new Error(`passed over: ${line.toString()}`)
    return isMatch
  })
}

const field = (key: string, value: string) => ({ fields: [{ key, value }] })
const shop = { name: 'shop', hostname: 'web1', topic: 'db.query', order: 17, err: { code: 'E' } }

const cases: [query: Partial<Query>, record: JsonRecord, isMatch: boolean][] = [
  [{}, shop, true],
  [{ apps: ['shop', 'web'] }, shop, true],
  [{ apps: ['web'] }, shop, false],
  [{ apps: ['sho'] }, shop, false],
  [{ apps: ['5'] }, { name: 5 }, false],
  [{ hosts: ['web1'] }, shop, true],
  [{ hosts: ['web2'] }, shop, false],
  [{ topics: ['db'] }, shop, true],
  [{ topics: ['x', 'db.q'] }, shop, true],
  [{ topics: ['query'] }, shop, false],
  [{ topics: ['web'] }, { msg: 'web.login::done' }, true],
  [{ topics: ['web'] }, { msg: 'web login::done' }, false],
  [field('order', '17'), shop, true],
  [field('order', '18'), shop, false],
  [field('err.code', 'E'), shop, true],
  [field('err', 'E'), shop, false],
  [field('a.b', '1'), { 'a.b': 1 }, true],
  [field('a.b.c', '1'), { 'a.b': { c: 1 } }, true],
  [field('a.b.c', '1'), { a: { 'b.c': 1 } }, true],
  [field('a', 'true'), { a: true }, true],
  [field('a', 'null'), { a: null }, true],
  [field('a', ''), { a: '' }, true],
  [field('a', 'undefined'), {}, false],
  [field('constructor', 'x'), {}, false],
  [field('a', '1,2'), { a: [1, 2] }, false],
  [field('a', 'ü"\n'), { a: 'ü"\n' }, true],
  [{ notApps: ['shop'] }, shop, false],
  [{ notApps: ['web'] }, shop, true],
  [{ notHosts: ['web1'] }, shop, false],
  [{ notFields: [{ key: 'err.code', value: 'E' }] }, shop, false],
  [{ notFields: [{ key: 'err.code', value: 'F' }] }, shop, true],
  [{ apps: ['shop'], ...field('order', '18') }, shop, false]
]

for (const [query, record, isMatch] of cases) {
  test(`${JSON.stringify(query)} ${isMatch ? 'finds' : 'does not find'} ${JSON.stringify(record)}`, async t => {
    t.equal(matches(query, record), isMatch)
  })
}

const spellings: [value: string, line: string][] = [
  ['shop', String.raw`{"a":"sh\u006fp"}`],
  ['1700', '{"a":1.7e3}'],
  ['1700', '{"a" : 1.7E3}'],
  ['0.3', '{"a":0.299999999999999999999}'],
  ['-1700', '{"a":-1.7e3}'],
  ['1e+21', '{"a":1000000000000000000000}']
]

for (const [value, line] of spellings) {
  test(`a record is looked at for the value ${value}, also where it is written as ${line}`, async t => {
    const [only] = toRecordTests({ ...everything, ...field('a', value) }, '')
    only?.cursor?.begin(Buffer.from(line))
    t.not(only?.cursor?.next(0), nowhere)
    t.ok(only?.matches(JSON.parse(line) as JsonRecord))
  })
}

test('most records that cannot match are passed over unread', async t => {
  for (const query of [{ apps: ['shop'] }, { topics: ['shop'] }, field('a', 'shop')]) {
    const [only] = toRecordTests({ ...everything, ...query }, '')
    only?.cursor?.begin(Buffer.from('{"name":"web","a":"b"}\n'))
    t.equal(only?.cursor?.next(0), nowhere)
    t.equal(only?.text, 'shop')
  }
})

test('of several names the shortest says which text a line has at least', async t => {
  const [only] = toRecordTests({ ...everything, apps: ['checkout', 'web'] }, '')
  t.equal(only?.text, 'web')
  const [empty] = toRecordTests({ ...everything, topics: ['shop', ''] }, '')
  t.match(empty, { text: '', cursor: undefined })
})

test('a line that is no record has nothing that is wanted, and nothing that is excluded', async t => {
  const isForRecords = (query: Partial<Query>): boolean[] =>
    toRecordTests({ ...everything, ...query }, '').map(each => each.isForRecords)
  t.strictSame(isForRecords({ apps: ['a'], hosts: ['b'], ...field('c', 'd') }), [true, true, true])
  t.strictSame(
    isForRecords({ notApps: ['a'], notHosts: ['b'], notFields: [{ key: 'c', value: 'd' }] }),
    [false, false, false]
  )
})

test('app, host and sub-topic of a record are read; none are empty', async t => {
  t.strictSame([readApp(shop), readHost(shop), readTopic(shop, '')], ['shop', 'web1', 'db.query'])
  t.strictSame([readApp({ name: 5 }), readHost({}), readTopic({ msg: 5 }, '')], ['', '', ''])
})

test("the sub-topic is found in the log's own message, or a usual one", async t => {
  t.equal(readTopic({ text: 'db::slow', msg: 'web::x' }, 'text'), 'db')
  t.equal(readTopic({ msg: 'web::x' }, 'text'), 'web')
  t.equal(readTopic({ message: 'api::x' }, ''), 'api')
})
