import { test, type Test } from 'tap'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import {
  maxUnacknowledgedBytes,
  maxWaitingBytes,
  PageFeed,
  type LivePost
} from '../../../lib/collector/live/page-feed.ts'
import { Watchers } from '../../../lib/collector/live/watchers.ts'
import type { RecordBatch } from '../../../lib/collector/routing/record-batch.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'
import { encodeLiveFilter, type LiveFilter } from '../../../lib/wire/live-filter.ts'
import { encodeSubscription } from '../../../lib/wire/subscription.ts'
import { waitFor } from '../../helpers/wait.ts'

const hello: Hello = { ...createHello(), app: 'shop', host: 'web-1', pid: 7 }
const commit = { add: () => undefined, done: () => undefined }
const everything: LiveFilter = { level: 0, apps: [], hosts: [], topics: [] }

function toBatch(lines: string[], changes: Partial<RecordBatch> = {}): RecordBatch {
  const records = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const last = lines.length
  return { senderId: 'a', hello, records, first: 1, last, isNotice: false, commit, ...changes }
}

/** A feed for viewers without a filter, or one with this filter. */
function makeFeed(t: Test, filter?: Partial<LiveFilter>) {
  const watchers = new Watchers()
  const posts: LivePost[] = []
  const feed = new PageFeed({ watchers, post: post => posts.push(post), isAppPinned: false })
  t.teardown(() => feed.clear())
  if (filter) {
    watchers.take(encodeSubscription(Buffer.alloc(0)))
    watchers.take(encodeSubscription(encodeLiveFilter({ ...everything, ...filter })))
  } else feed.unfiltered = 1
  const nextPost = (): Promise<LivePost> => {
    feed.flush()
    return waitFor(() => posts.shift(), 'a post')
  }
  return { feed, posts, watchers, nextPost }
}

function textOf({ bytes }: LivePost): string {
  return Buffer.from(bytes).toString()
}

test('while nobody looks nothing is taken', async t => {
  const { feed } = makeFeed(t)
  t.ok(feed.isWatched)
  feed.unfiltered = 0
  t.notOk(feed.isWatched)
})

test('without a filter as many records are copied as can be seen, and all are counted', async t => {
  const { feed, nextPost } = makeFeed(t)
  const lines = Array.from({ length: 5000 }, (_, index) => `{"n":${1000 + index}}`)
  feed.take(toBatch(lines))
  const post = await nextPost()
  t.equal(post.total, 5000)
  t.equal(post.skipped, 0)
  t.match(post.slices, [{ wholeBytes: 0, hello: { app: 'shop', host: 'web-1', pid: 7 } }])
  t.equal(post.slices[0]?.sampleBytes, post.bytes.byteLength)
  const numbers = textOf(post)
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { n: number }).n)
  t.equal(numbers.length, 100)
  const steps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0))
  t.ok(Math.min(...steps) >= 40 && Math.max(...steps) <= 60, 'from all parts of the batch')
})

test('without a filter all records are copied where all can be seen, whatever their lengths', async t => {
  const { feed, nextPost } = makeFeed(t)
  const batches = Array.from({ length: 10 }, (_, batch) => [
    `{"n":${batch}}`,
    `{"text":"${'x'.repeat(50 * batch)}"}`
  ])
  for (const lines of batches) feed.take(toBatch(lines))
  const post = await nextPost()
  t.equal(post.total, 20)
  t.strictSame(textOf(post).split('\n').slice(0, -1), batches.flat())
})

test('for a filter whole batches are handed over, of senders that it may match', async t => {
  const { feed, nextPost } = makeFeed(t, { apps: ['shop'], level: 50 })
  feed.take(toBatch(['{"n":1}'], { hello: { ...hello, app: 'billing' } }))
  feed.take(toBatch(['{"n":2}', '{"n":3}']))
  const post = await nextPost()
  t.match(post.slices, [{ wholeBytes: 16, records: 2, sampleBytes: 0 }])
  t.equal(textOf(post), '{"n":2}\n{"n":3}\n')
  t.equal(post.total, 0, 'nobody is without a filter')
})

const plain: [topic: string, text: string, isTaken: boolean][] = [
  ['jobs.WARNING.db', 'slow', true],
  ['jobs.INFO.db', 'usual', false],
  ['jobs.WARNING.http', 'other topic', false],
  ['other.WARNING.db', 'other app', false],
  ['root.WARNING.db', '{"level":40,"time":9,"topic":"db","name":"jobs","msg":"x"}', true]
]

for (const [topic, text, isTaken] of plain) {
  test(`a plain message ${topic} is ${isTaken ? 'taken' : 'left out'}`, async t => {
    const { feed, nextPost } = makeFeed(t, { apps: ['jobs'], level: 40, topics: ['db'] })
    const zone = new TimeZone('utc')
    feed.takePlain(new PlainMessage(recallTopic(topic), Buffer.from(text), zone, 5))
    feed.take(toBatch(['{"n":1}'], { hello: { ...hello, app: 'jobs' } }))
    const [first = ''] = textOf(await nextPost()).split('\n')
    t.equal(first.includes(text), isTaken)
  })
}

test('a thread that has not done its work gets no more, and what is skipped is counted', async t => {
  const { feed, posts, nextPost } = makeFeed(t, { level: 10 })
  const line = `{"msg":"${'x'.repeat(1000)}"}`
  const batch = toBatch(Array.from({ length: 100 }, () => line))
  let taken = 0
  const takeUntil = (bytes: number): void => {
    for (let sum = 0; sum < bytes; sum += batch.records.length, taken += 100) feed.take(batch)
  }
  takeUntil(maxWaitingBytes)
  const first = await nextPost()
  feed.flush()
  await waitFor(() => posts.length === 1, 'a second post')
  const bytes = [first, ...posts].reduce((sum, post) => sum + post.bytes.byteLength, 0)
  t.ok(bytes >= maxUnacknowledgedBytes && bytes < 2 * maxUnacknowledgedBytes, `${bytes} bytes`)
  takeUntil(3 * maxWaitingBytes)
  feed.acknowledge(bytes)
  let seen = bytes
  let skipped = [first, ...posts].reduce((sum, post) => sum + post.skipped, 0)
  posts.length = 0
  while (seen + skipped * (line.length + 1) < taken * (line.length + 1)) {
    const post = await nextPost()
    seen += post.bytes.byteLength
    skipped += post.skipped
    feed.acknowledge(post.bytes.byteLength)
  }
  t.ok(skipped > 0, `${skipped} skipped`)
  t.equal(seen + skipped * (line.length + 1), taken * (line.length + 1), 'all are accounted for')
})

test('a thread that has ended is forgotten', async t => {
  const { feed, watchers, posts } = makeFeed(t, {})
  feed.unfiltered = 2
  feed.take(toBatch(['{"n":1}']))
  feed.flush()
  feed.clear()
  t.notOk(feed.isWatched)
  t.notOk(watchers.isWatched)
  t.equal(posts.length, 0)
})

for (const lengths of [
  [1, 50_000, 1],
  [50_000, 1, 1, 1],
  [1, 1, 1, 50_000],
  [1, 1, 1, 1]
]) {
  test(`whole lines are shown, each at most once, of lines with ${lengths.join(', ')} bytes`, async t => {
    const { feed, nextPost } = makeFeed(t)
    const lines = Array.from({ length: 40 }, () => lengths)
      .flat()
      .map((length, index) => `${index} ${'x'.repeat(length)}`)
    feed.take(toBatch(lines))
    const shown = textOf(await nextPost())
      .split('\n')
      .slice(0, -1)
    t.ok(shown.length > 0 && shown.every(line => lines.includes(line)))
    t.equal(new Set(shown).size, shown.length)
  })
}
