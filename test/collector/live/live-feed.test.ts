import { test, type Test } from 'tap'
import { maxTextBytes } from '../../../lib/collector/intake/plain-intake.ts'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { LiveFeed, maxWaitingBytes } from '../../../lib/collector/live/live-feed.ts'
import { maxLineBytes, maxLiveBytes } from '../../../lib/collector/live/live-record.ts'
import { Watchers } from '../../../lib/collector/live/watchers.ts'
import type { RecordBatch } from '../../../lib/collector/routing/record-batch.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'
import { encodeLiveFilter } from '../../../lib/wire/live-filter.ts'
import { noticeTopic } from '../../../lib/wire/live-notice.ts'
import { encodeSubscription } from '../../../lib/wire/subscription.ts'
import { waitFor } from '../../helpers/wait.ts'

const hello: Hello = { ...createHello(), app: 'shop', host: 'web-1', pid: 7 }
const commit = { add: () => undefined, done: () => undefined }

function toBatch(lines: string[], changes: Partial<RecordBatch> = {}): RecordBatch {
  const records = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const last = lines.length
  return { senderId: 'a', hello, records, first: 1, last, isNotice: false, commit, ...changes }
}

function toLine(level: number, msg: string, more = ''): string {
  return `{"level":${level},"time":9,"pid":7,"hostname":"web-1","name":"shop"${more},"msg":"${msg}"}`
}

/** With messages that a failed test can print. */
function toShort(messages: readonly [topic: string, record: Record<string, unknown>][]) {
  return messages.map(([topic, record]) => [
    topic,
    { ...record, msg: String(record['msg']).slice(0, 20) }
  ])
}

/** A feed with a watcher that has subscribed to these topics. */
function makeFeed(t: Test, topics: (string | Buffer)[], isAppPinned = false) {
  const watchers = new Watchers()
  const subscribe = (topic: string | Buffer): void =>
    watchers.take(encodeSubscription(Buffer.from(topic as string)))
  topics.forEach(subscribe)
  const messages: [topic: string, record: Record<string, unknown>][] = []
  const texts: string[] = []
  const feed = new LiveFeed({
    watchers,
    isAppPinned,
    now: () => 5,
    publish(topic, text) {
      texts.push(text)
      messages.push([topic, JSON.parse(text) as Record<string, unknown>])
    }
  })
  t.teardown(() => feed.close())
  return { feed, messages, texts, watchers, subscribe }
}

test('records have topics as on the plain wire', async t => {
  const { feed, messages } = makeFeed(t, [''])
  t.ok(feed.isWatched)
  const own = { ...hello, levels: { 35: 'notice' }, topic: 'prod' }
  feed.take(toBatch([toLine(30, 'a'), toLine(35, 'b'), toLine(60, 'db.query::c')], { hello: own }))
  feed.take(toBatch([toLine(10, 'd', ',"topic":"http"')], { senderId: 'b' }))
  t.strictSame(messages, [], 'the files come first')
  feed.flush()
  await waitFor(() => messages.length >= 4, 'all messages')
  t.strictSame(
    messages.map(([topic, { msg }]) => [topic, msg]),
    [
      ['prod.INFO', 'a'],
      ['prod.NOTICE', 'b'],
      ['prod.CRITICAL.db.query', 'db.query::c'],
      ['shop.DEBUG.http', 'd']
    ]
  )
})

test('with pinned names the root is the name of the key', async t => {
  const { feed, messages } = makeFeed(t, [''], true)
  feed.take(toBatch([toLine(30, 'a')], { hello: { ...hello, topic: 'forged' } }))
  feed.flush()
  await waitFor(() => messages.length >= 1, 'a message')
  t.equal(messages[0]?.[0], 'shop.INFO')
})

test('no topic can act on a terminal or be taken for a message of the batch wire', async t => {
  const { feed, messages } = makeFeed(t, [''])
  const topic = '\0zmq-pub/2 batch \u001b[2J'
  feed.take(toBatch([toLine(30, 'a')], { hello: { ...hello, topic } }))
  feed.flush()
  await waitFor(() => messages.length >= 1, 'a message')
  t.equal(messages[0]?.[0], String.raw`\u0000zmq-pub/2 batch \u001b[2J.INFO`)
})

test('a gap record is published under the topic of its app, as it is', async t => {
  const { feed, texts, messages } = makeFeed(t, ['shop.'])
  const line =
    '{"level":40,"time":9,"pid":1,"hostname":"logs","name":"zmq-pub-collector","msg":"gap"}'
  feed.take(toBatch([line], { isNotice: true }))
  feed.flush()
  await waitFor(() => messages.length >= 1, 'a message')
  t.equal(messages[0]?.[0], 'shop.WARNING')
  t.equal(texts[0], line)
})

test('only what somebody wants is published', async t => {
  const filter = encodeLiveFilter({ level: 50, apps: [], hosts: [], topics: [] })
  const { feed, messages } = makeFeed(t, ['', filter, 'shop.INFO.db'])
  const lines = [toLine(30, 'no'), toLine(50, 'yes'), toLine(30, 'db.query::yes'), toLine(40, 'no')]
  feed.take(toBatch(lines))
  feed.flush()
  await waitFor(() => messages.length >= 2, 'all messages')
  t.strictSame(
    messages.map(([topic]) => topic),
    ['shop.ERROR', 'shop.INFO.db.query']
  )
})

test('plain messages are published as records, with the parts of their topics', async t => {
  const { feed, messages } = makeFeed(t, ['app.'])
  const zone = new TimeZone('utc')
  const send = (topic: string, text: string): void =>
    feed.takePlain(new PlainMessage(recallTopic(topic), Buffer.from(text), zone, 3))
  send('app.WARNING.db', 'slow\n')
  send('other.INFO', 'no')
  send('app.INFO', toLine(30, 'record'))
  send('app.ERROR', 'x'.repeat(maxTextBytes))
  send('app.ERROR', '\u0001'.repeat(maxLineBytes))
  feed.flush()
  await waitFor(() => messages.length >= 4, 'all messages')
  t.match(toShort(messages), [
    ['app.WARNING.db', { level: 40, time: 3, name: 'app', topic: 'db', msg: 'slow' }],
    ['app.INFO', { level: 30, name: 'shop', sentBy: 'app@', msg: 'record' }],
    ['app.ERROR', { level: 50, name: 'app', recordBytes: maxTextBytes, msg: /^x{20}/ }],
    ['app.ERROR', { level: 50, name: 'app', recordBytes: Number }]
  ])
})

for (const [title, filter, found] of [
  ['its host', { hosts: ['web-1'] }, ['mine']],
  ['its name', { apps: ['shop'], hosts: [] }, ['mine']],
  ['its root topic', { apps: ['root'] }, ['mine', 'text', 'elsewhere']],
  ['name and host', { apps: ['root'], hosts: ['web-2'] }, ['elsewhere']],
  ['its level, too', { apps: ['shop'], level: 40 }, []]
] as const) {
  test(`a plain record is found by ${title}, whoever else watches`, async t => {
    const wanted = { level: 0, apps: [], hosts: [], topics: [], ...filter }
    const { feed, messages } = makeFeed(t, ['', encodeLiveFilter(wanted), 'end.'])
    const zone = new TimeZone('utc')
    const send = (topic: string, text: string): void =>
      feed.takePlain(new PlainMessage(recallTopic(topic), Buffer.from(text), zone, 3))
    send('root.INFO', toLine(30, 'mine'))
    send('root.INFO', 'text')
    send('root.INFO', '{"level":30,"time":9,"name":"db","hostname":"web-2","msg":"elsewhere"}')
    send('end.INFO', 'end')
    feed.flush()
    await waitFor(() => messages.some(([topic]) => topic === 'end.INFO'), 'all messages')
    await waitFor(() => messages.length > found.length, 'all messages')
    t.strictSame(new Set(messages.map(([, { msg }]) => msg)), new Set([...found, 'end']))
  })
}

test('of long records the beginning is published, and the ones around them are whole', async t => {
  const { feed, messages, texts } = makeFeed(t, [''])
  const long = toLine(50, 'x'.repeat(300_000))
  feed.take(toBatch([toLine(30, 'a'), long, long, toLine(30, 'b'), `no JSON ${long}`]))
  feed.flush()
  await waitFor(() => messages.length === 5, 'five records')
  t.match(toShort(messages), [
    ['shop.INFO', { msg: 'a' }],
    ['shop.ERROR', { level: 50, recordBytes: long.length }],
    ['shop.ERROR', { level: 50, recordBytes: long.length }],
    ['shop.INFO', { msg: 'b' }],
    ['shop.INFO', { level: 30, msg: /^no JSON/ }]
  ])
  t.ok(texts.every(text => Buffer.byteLength(text) <= maxLiveBytes))
})

test('a burst is published as time permits, all of it and in order', async t => {
  const { feed, messages } = makeFeed(t, [''])
  const lines = Array.from({ length: 8000 }, (_, index) => toLine(30, `line ${index}`))
  feed.take(toBatch(lines))
  feed.flush()
  t.ok(messages.length < 8000, `${messages.length} at once`)
  await waitFor(() => messages.length === 8000, 'all records')
  t.ok(messages.every(([, { msg }], index) => msg === `line ${index}`))
})

test('what is too much is counted to the last record, and a quiet app is shown all the same', async t => {
  const { feed, messages } = makeFeed(t, [''])
  const lines = Array.from({ length: 1000 }, (_, index) => toLine(30, `line ${index}`))
  const batch = toBatch(lines)
  const batches = Math.ceil((3 * maxWaitingBytes) / batch.records.length)
  for (let count = 0; count < batches; count++) feed.take(batch)
  feed.take(toBatch([toLine(30, 'quiet')], { senderId: 'quiet' }))
  feed.flush()
  const counts = () => {
    const notices = messages.filter(([topic]) => topic === noticeTopic)
    const skipped = notices.reduce((sum, [, record]) => sum + Number(record['skippedRecords']), 0)
    return { shown: messages.length - notices.length, skipped }
  }
  await waitFor(() => counts().shown + counts().skipped >= batches * 1000 + 1, 'everything')
  const { shown, skipped } = counts()
  t.equal(shown + skipped, batches * 1000 + 1)
  t.ok(skipped > 0 && shown > 1000)
  const quietAt = messages.findIndex(([, { msg }]) => msg === 'quiet')
  t.ok(quietAt >= 0 && quietAt < 1000, `after ${quietAt} records`)
})

test('when the last watcher has gone, what waits is forgotten', async t => {
  const { feed, messages, watchers } = makeFeed(t, [''])
  feed.take(toBatch([toLine(30, 'a')]))
  watchers.clear()
  t.notOk(feed.isWatched)
  feed.flush()
  t.strictSame(messages, [])
})
