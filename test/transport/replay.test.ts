import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startReplay } from '../helpers/replay.ts'
import { entryBytes, identify, leaveSpool, listFiles, testIdentity } from '../helpers/spool.ts'

const { senderId } = testIdentity

test('a spool of a dead process is sent under its id, and deleted when all is acknowledged', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 5)
  const { added, removed, events } = startReplay(t, dir)
  t.match(events, [{ name: 'adopted', app: `app of ${senderId}`, pid: process.pid, records: 50 }])
  const [sender] = added
  if (!sender) throw new Error('no sender')
  t.match(sender, { id: senderId, queue: { records: 50, start: 1, end: 51 } })
  sender.onAck('collect0', 20, 0)
  t.strictSame(removed, [], 'records are left')
  sender.onAck('collect0', 50, 0)
  t.match(removed, [[sender, { header: { kind: 'bye', senderId, first: 51 } }]])
  t.strictSame(listFiles(dir), [])
})

const empty: [what: string, files: Record<string, string>][] = [
  ['a hello', { '413f206e8c03e381.hello': '{}' }],
  [
    'a hello and a segment without a byte',
    { '413f206e8c03e381.hello': '{}', '413f206e8c03e381-0000000000000011.seg': '' }
  ]
]

for (const [what, files] of empty) {
  test(`a spool of ${what} has no records: it is deleted at once, without a word to collectors`, async t => {
    const dir = t.testdir(files)
    const { added, removed, events } = startReplay(t, dir)
    t.strictSame([added, removed, events], [[], [], []])
    t.strictSame(listFiles(dir), [])
  })
}

test('a spool whose records are all damaged is told to collectors, and deleted when they know', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 4)
  for (const path of segments) truncateSync(path, 0)
  const { added, removed } = startReplay(t, dir)
  const [sender] = added
  if (!sender) throw new Error('no sender')
  t.strictSame(sender.hello.dropped, [{ from: 1, to: 20, why: 'spool damaged' }])
  t.equal(sender.isDelivered, false)
  sender.onAck('collect0', 20, 0)
  t.match(removed, [[sender, { header: { kind: 'bye', first: 21 } }]])
  t.strictSame(listFiles(dir), [])
})

test('a spool of this process is not adopted, though its lock was deleted', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 1)
  t.strictSame(startReplay(t, dir, testIdentity).added, [])
})

test('damaged records are announced by the sender that they belong to', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 4)
  truncateSync(segments[0] ?? '', entryBytes)
  const [sender] = startReplay(t, dir).added
  t.strictSame(sender?.hello.dropped, [{ from: 11, to: 20, why: 'spool damaged' }])
  t.equal(sender?.queue.records, 30)
})

test('what is not delivered when a replay closes is left to the next one', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 2)
  startReplay(t, dir).replay.close()
  t.match(startReplay(t, dir).events, [{ name: 'adopted', records: 20 }])
})

test('a spool without a key belongs to the key of who adopts it: collectors take its id with no other', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 2)
  const [key, otherKey] = [createKeyPair().publicKey, createKeyPair().publicKey]
  const live = (owner?: string) => identify('a-live-sender-of-tests', owner)
  const first = startReplay(t, dir, live(key))
  t.match(first.added, [{ id: senderId }])
  first.replay.close()
  for (const other of [otherKey, undefined]) {
    const { added, events } = startReplay(t, dir, live(other))
    t.strictSame(added, [])
    t.match(events, [{ name: 'spoolTrouble', message: /CURVE key/ }])
  }
  t.match(startReplay(t, dir, live(key)).added, [{ id: senderId, queue: { records: 20 } }])
})

test('a folder that can not be read is an event', async t => {
  const dir = t.testdir({ file: 'x' })
  t.match(startReplay(t, join(dir, 'file')).events, [{ name: 'spoolTrouble', message: 'ENOTDIR' }])
})
