import { test } from 'tap'
import { EarlyEntries } from '../../../lib/collector/writer/early-entries.ts'
import type { Entry } from '../../../lib/engine/entry.ts'

function hold(entries: EarlyEntries, senderId: string, first: number, bytes = 0): void {
  const entry = { senderId, first, payload: Buffer.alloc(bytes) } as unknown as Entry
  entries.add({ entry, item: { position: first, sender: undefined, last: 0 }, heldAt: 0 })
}

function takeAll(entries: EarlyEntries, senderId: string): number[] {
  const taken: number[] = []
  for (let early = entries.shift(senderId); early; early = entries.shift(senderId)) {
    taken.push(early.entry.first)
  }
  return taken
}

test('the entries of a sender are held in the order of their numbers, however they come', async t => {
  const entries = new EarlyEntries()
  for (const first of [5, 9, 1, 7]) hold(entries, 'a', first)
  hold(entries, 'b', 3)
  t.equal(entries.first('a')?.entry.first, 1)
  t.strictSame(takeAll(entries, 'a'), [1, 5, 7, 9])
  t.strictSame(entries.senderIds, ['b'])
})

test('what is held is counted, by sender and in all, and nothing is left of what was taken', async t => {
  const entries = new EarlyEntries()
  hold(entries, 'a', 1, 1000)
  const bytes = entries.bytesOf('a')
  t.ok(bytes > 1000, 'an entry costs more than its payload')
  hold(entries, 'b', 1, 1000)
  t.equal(entries.bytes, 2 * bytes)
  entries.shift('a')
  t.match(entries, { bytes, senderIds: ['b'] })
  entries.shift('b')
  t.match(entries, { bytes: 0, senderIds: [] })
  t.equal(entries.bytesOf('a'), 0)
  t.equal(entries.shift('a'), undefined)
})
