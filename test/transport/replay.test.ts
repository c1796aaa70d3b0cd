import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { Connection } from '../../lib/transport/connection/connection.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { Replay } from '../../lib/transport/replay.ts'
import type { Sender, SenderMessage } from '../../lib/transport/sender/sender.ts'
import { frameKinds } from '../../lib/wire/frame.ts'
import { entryBytes, leaveSpool, listFiles } from '../helpers/spool.ts'

/** A replay of the folder over a connection that only notes its senders, and the emitted events. */
function startReplay(t: Test, dir: string) {
  const added: Sender[] = []
  const removed: [Sender, SenderMessage][] = []
  const events: unknown[] = []
  const connection = {
    add: (sender: Sender) => void added.push(sender),
    remove: (sender: Sender, bye: SenderMessage) => void removed.push([sender, bye])
  } as unknown as Connection
  const options = parseTransportOptions({ spool: { dir } })
  const replay = new Replay(options, connection, (name, detail) => {
    events.push({ name, ...detail })
  })
  t.teardown(() => replay.close())
  return { replay, added, removed, events }
}

test('a spool of a dead process is sent under its id, and deleted when all is acknowledged', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 5)
  const { replay, added, removed, events } = startReplay(t, dir)
  t.match(events, [{ name: 'adopted', app: 'app of a-sender', pid: process.pid, records: 50 }])
  const [sender] = added
  if (!sender) throw new Error('no sender')
  t.match(sender, { id: 'a-sender', queue: { records: 50, start: 1, end: 51 } })
  sender.queue.ack(20)
  replay.onRelease(sender)
  t.strictSame(removed, [], 'records are left')
  sender.queue.ack(50)
  replay.onRelease(sender)
  t.match(removed, [
    [sender, { header: { kind: frameKinds.bye, senderId: 'a-sender', first: 51 } }]
  ])
  t.strictSame(listFiles(dir), [])
})

test('a spool without records is deleted at once', async t => {
  const dir = t.testdir({ '612d73656e646572.hello': '{}' })
  const { added, removed } = startReplay(t, dir)
  t.equal(added.length, 0)
  t.equal(removed.length, 1)
  t.strictSame(listFiles(dir), [])
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

test('a folder that can not be read is an event', async t => {
  const dir = t.testdir({ file: 'x' })
  t.match(startReplay(t, join(dir, 'file')).events, [{ name: 'spoolTrouble', message: 'ENOTDIR' }])
})
