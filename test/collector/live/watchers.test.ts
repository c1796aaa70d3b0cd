import { test } from 'tap'
import {
  maxFilterNames,
  maxSubscriptions,
  maxTopics,
  Watchers
} from '../../../lib/collector/live/watchers.ts'
import { encodeLiveFilter, type LiveFilter } from '../../../lib/wire/live-filter.ts'
import { encodeMarkers } from '../../../lib/wire/marker.ts'
import { encodeSubscription } from '../../../lib/wire/subscription.ts'

const shop = { root: 'shop', app: 'shop', host: 'web-1' }
const nameless = { root: '', app: '', host: 'web-1' }

function subscribe(watchers: Watchers, ...topics: (string | Buffer)[]): void {
  for (const topic of topics) watchers.take(encodeSubscription(Buffer.from(topic as string)))
}

function unsubscribe(watchers: Watchers, ...topics: (string | Buffer)[]): void {
  for (const topic of topics)
    watchers.take(Buffer.concat([Buffer.of(0), Buffer.from(topic as string)]))
}

function toFilter(filter: Partial<LiveFilter>): Buffer {
  return encodeLiveFilter({ level: 0, apps: [], hosts: [], topics: [], ...filter })
}

test('nobody watches at first, and when the last one has gone', async t => {
  const watchers = new Watchers()
  t.notOk(watchers.isWatched)
  subscribe(watchers, '', '', 'shop.')
  unsubscribe(watchers, '', 'shop.')
  t.ok(watchers.isWatched)
  t.ok(watchers.interestIn(shop)?.(10, '', 'shop.DEBUG'))
  unsubscribe(watchers, '')
  t.notOk(watchers.isWatched)
  t.equal(watchers.interestIn(shop), undefined)
})

test('markers of collectors that connect want nothing', async t => {
  const watchers = new Watchers()
  subscribe(watchers, ...encodeMarkers())
  t.notOk(watchers.isWatched)
})

test('a frame that is no subscription is ignored', async t => {
  const watchers = new Watchers()
  watchers.take(Buffer.from('\u0002x'))
  watchers.take(Buffer.alloc(0))
  t.notOk(watchers.isWatched)
})

const prefixes: [prefix: string, wanted: boolean, of: string[], notOf: string[]][] = [
  ['shop', true, ['shop.INFO', 'shop.DEBUG.db'], []],
  ['shop.', true, ['shop.INFO'], []],
  ['shop.WARN', true, ['shop.WARNING.db'], ['shop.INFO']],
  ['shop.INFO.db', true, ['shop.INFO.db.query'], ['shop.INFO', 'shop.WARNING.db']],
  ['shops', false, [], []],
  ['billing', false, [], []]
]

for (const [prefix, isWanted, of, notOf] of prefixes) {
  test(`who subscribes to '${prefix}' wants ${isWanted ? 'some' : 'no'} records of shop`, async t => {
    const watchers = new Watchers()
    subscribe(watchers, prefix)
    t.ok(watchers.isWatched)
    const interest = watchers.interestIn(shop)
    t.equal(interest !== undefined, isWanted)
    for (const topic of of) t.ok(interest?.(30, '', topic), topic)
    for (const topic of notOf) t.notOk(interest?.(30, '', topic), topic)
  })
}

test('an app without a name has topics that begin with the level', async t => {
  const watchers = new Watchers()
  subscribe(watchers, 'WARNING')
  t.ok(watchers.interestIn(nameless)?.(40, '', 'WARNING.db'))
  t.notOk(watchers.interestIn(nameless)?.(30, '', 'INFO'))
  t.equal(watchers.interestIn(shop), undefined)
})

test('a filter narrows one subscription to everything, in whatever order they come', async t => {
  const watchers = new Watchers()
  const filter = toFilter({ level: 40 })
  subscribe(watchers, filter, '')
  const wants = (level: number): boolean =>
    watchers.interestIn(shop)?.(level, '', 'shop.X') === true
  t.notOk(wants(30))
  t.ok(wants(40))
  subscribe(watchers, '')
  t.ok(wants(30), 'another watcher wants everything')
  unsubscribe(watchers, '')
  t.notOk(wants(30))
  subscribe(watchers, '', toFilter({ level: 20 }))
  t.ok(wants(20), 'of two filters one is enough')
  t.notOk(wants(10))
  unsubscribe(watchers, filter, '')
  t.ok(wants(20))
  unsubscribe(watchers, toFilter({ level: 20 }), '')
  t.notOk(watchers.isWatched)
})

test('a filter by app or host excludes whole senders, one by topic single records', async t => {
  const watchers = new Watchers()
  subscribe(watchers, '', toFilter({ apps: ['shop'], topics: ['db'] }))
  t.equal(watchers.interestIn({ ...shop, app: 'billing', root: 'billing' }), undefined)
  t.ok(watchers.interestIn(shop)?.(10, 'db.query', 'shop.DEBUG.db.query'))
  t.notOk(watchers.interestIn(shop)?.(60, 'http', 'shop.CRITICAL.http'))
})

test('a prefix beside a filter wants what it matches', async t => {
  const watchers = new Watchers()
  subscribe(watchers, '', toFilter({ level: 60 }), 'shop.INFO')
  const interest = watchers.interestIn(shop)
  t.ok(interest?.(30, '', 'shop.INFO'))
  t.notOk(interest?.(40, '', 'shop.WARNING'))
})

test('of too many topics each record may be wanted, until the watchers have gone', async t => {
  const watchers = new Watchers()
  for (let index = 0; index <= maxTopics; index++) subscribe(watchers, `app-${index}.`)
  t.ok(watchers.interestIn(shop)?.(30, '', 'shop.INFO'))
  for (let index = 0; index <= maxTopics; index++) unsubscribe(watchers, `app-${index}.`)
  t.notOk(watchers.isWatched)
})

test('of too many names in filters, too: what a batch costs has a limit', async t => {
  const watchers = new Watchers()
  const toMany = (prefix: string): Buffer => {
    const apps = Array.from({ length: maxFilterNames / 4 }, (_, index) => prefix + index)
    return toFilter({ apps })
  }
  for (const prefix of ['a', 'b', 'c', 'd']) subscribe(watchers, '', toMany(prefix))
  t.equal(watchers.interestIn(shop), undefined)
  subscribe(watchers, '', toMany('e'))
  t.ok(watchers.interestIn(shop)?.(30, '', 'shop.INFO'), 'any record may be wanted')
  unsubscribe(watchers, toMany('e'), '')
  t.equal(watchers.interestIn(shop), undefined)
  unsubscribe(watchers, toMany('a'), '')
  subscribe(watchers, '', toMany('e'))
  t.equal(watchers.interestIn(shop), undefined, 'there is room again')
  t.ok(watchers.interestIn({ root: 'e1', app: '', host: '' }))
})

test('subscriptions without end are noticed', async t => {
  const watchers = new Watchers()
  for (let index = 0; index < maxSubscriptions; index++) subscribe(watchers, 'a')
  t.notOk(watchers.areTooMany)
  subscribe(watchers, 'a')
  t.ok(watchers.areTooMany)
  watchers.clear()
  t.notOk(watchers.areTooMany)
  t.notOk(watchers.isWatched)
})
