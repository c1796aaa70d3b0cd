import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { LiveSender } from '../../lib/transport/live-sender.ts'
import { parseTransportOptions, type TransportOptions } from '../../lib/transport/options.ts'
import { failAlways } from '../helpers/file-system.ts'
import { listFiles } from '../helpers/spool.ts'

/** A sender whose batches have one record of 100 bytes each, and the events that it has emitted. */
function makeLive(t: Test, options: TransportOptions = {}) {
  const events: { name: string; message?: string }[] = []
  const live = new LiveSender(
    parseTransportOptions({ batchBytes: 1, ...options }),
    (name, detail) => void events.push({ name, ...detail }),
    () => undefined
  )
  t.teardown(() => {
    live.drops.close()
    live.close()
  })
  return { live, events }
}

/** Records of 100 bytes. */
function toLines(count: number): string {
  return `${'x'.repeat(99)}\n`.repeat(count)
}

/** Adds records, each of which is a batch. */
function add(live: LiveSender, count: number): void {
  live.add(toLines(count), 0)
  live.queue.close()
}

test('the name of the app is read from the first record, wherever its chunks end', async t => {
  const { live } = makeLive(t)
  live.add('{"level":30,"na', 0)
  t.equal(live.sender.hello.app, '')
  live.add('me":"shop"}\n{"name":"other"}\n', 0)
  live.add('{"name":"another"}\n', 0)
  t.equal(live.sender.hello.app, 'shop')
})

test('the keys that the options name win over those of the logger', async t => {
  const { live } = makeLive(t, { messageKey: 'text' })
  live.updateHello({ messageKey: 'message', errorKey: 'error' })
  t.match(live.sender.hello, { messageKey: 'text', errorKey: 'error' })
  t.notOk('levelKey' in live.sender.hello)
})

test('what memory may not hold is dropped, the oldest first, and collectors and the app are told', async t => {
  const { live, events } = makeLive(t)
  add(live, 5)
  live.enforceLimit(300)
  t.strictSame([live.queue.start, live.queue.records, live.drops.records], [3, 3, 2])
  t.strictSame(live.sender.hello.dropped, [{ from: 1, to: 2, why: 'buffer full' }])
  live.drops.close()
  t.strictSame(events, [{ name: 'dropped', records: 2, totalRecords: 2, why: 'buffer full' }])
})

test('what fits is kept, and what is in flight, too', async t => {
  const { live } = makeLive(t)
  add(live, 3)
  live.enforceLimit(300)
  t.equal(live.queue.records, 3)
  for (let sent = 0; sent < 3; sent++) live.queue.markSent()
  live.enforceLimit(0)
  t.equal(live.queue.records, 3, 'it may be in the file already')
  t.equal(live.drops.records, 0)
})

test('with a spool, what memory may not hold is on disk, in its order', async t => {
  const dir = join(t.testdir(), 'spool')
  const { live } = makeLive(t, { spool: { dir } })
  t.notOk(live.wasSpoolUsed)
  add(live, 5)
  live.enforceLimit(200)
  t.strictSame([live.queue.records, live.queue.storedRecords, live.drops.records], [5, 3, 0])
  t.ok(live.wasSpoolUsed)
  t.equal(live.queue.next()?.first, 1)
})

test('where the spool cannot be written, the reason of the drops says so', async t => {
  const { live, events } = makeLive(t, { spool: { dir: join(t.testdir(), 'spool') } })
  failAlways(t, 'writeSync', 'EIO')
  add(live, 2)
  live.enforceLimit(100)
  const why = 'buffer full, spool cannot be written'
  t.strictSame(live.sender.hello.dropped, [{ from: 1, to: 1, why }])
  t.match(events, [{ name: 'spoolTrouble' }])
  t.notOk(live.checkSpool())
})

test('at the end what is not delivered goes to the spool, and a later process sends it', async t => {
  const dir = join(t.testdir(), 'spool')
  const { live } = makeLive(t, { spool: { dir } })
  live.add(toLines(3), 0)
  t.strictSame(live.spillAll(), { lostRecords: 0, spooledRecords: 3, end: 1 })
  live.close()
  t.strictSame(
    listFiles(dir).map(name => name.replace(/^\w+/, '')),
    ['-0000000000000001.seg', '.hello']
  )
})

test('without a spool the rest is lost at the end, and collectors are told', async t => {
  const { live } = makeLive(t)
  live.add(toLines(3), 0)
  t.strictSame(live.spillAll(), { lostRecords: 3, spooledRecords: 0, end: 4 })
  const why = 'undelivered when the app ended'
  t.strictSame(live.sender.hello.dropped, [{ from: 1, to: 3, why }])
})

test('the folder of the spool is created, and where that fails the trouble says what to do', async t => {
  const dir = t.testdir()
  t.ok(makeLive(t, { spool: { dir: join(dir, 'a', 'spool') } }).live.checkSpool())
  t.ok(listFiles(join(dir, 'a')).includes('spool'))
  t.notOk(makeLive(t).live.checkSpool(), 'there is no spool')
  writeFileSync(join(dir, 'file'), '')
  const { live, events } = makeLive(t, { spool: { dir: join(dir, 'file', 'spool') } })
  t.notOk(live.checkSpool())
  t.notOk(live.checkSpool())
  t.equal(events.length, 1, 'the same trouble is not told again and again')
  t.match(events[0], {
    name: 'spoolTrouble',
    message:
      /^E\w+: .+; records that memory cannot hold, or that are undelivered at the end, are lost without the folder: let this user create it and write to it, or set another folder \(option spool, or ZMQ_PUB_SPOOL\)$/
  })
})

test('a small buffer has small batches, so that it does not hold more than it may before one is full', async t => {
  const { live } = makeLive(t, { batchBytes: 1_000_000, maxBufferBytes: 4000 })
  live.add(toLines(10), 0)
  t.ok(live.queue.isFull)
  live.queue.close()
  t.equal(live.queue.next()?.count, 10)
})
