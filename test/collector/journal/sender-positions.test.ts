import { test } from 'tap'
import { SenderPositions } from '../../../lib/collector/journal/sender-positions.ts'

const [known, next] = ['known-id', 'new-id-1']

/** Positions of one sender: records up to 9 are filed, and up to 19 are in the log `a`. */
function makePositions() {
  const positions = new Map([[known, { expected: 10, timeMs: 0 }]])
  const ahead = new Map([[known, new Map([['a', 20]])]])
  return new SenderPositions({ positions, ahead }, { now: () => 1000, uptimeMs: () => 1000 })
}

test('only acks that say more than is known are to be noted', async t => {
  const senders = makePositions()
  const acks = [9, 10].map(seq => ({ senderId: known, seq }))
  const others = [0, 1].map(seq => ({ senderId: next, seq }))
  t.strictSame(senders.selectAdvanced([...acks, ...others]), [acks[1], others[1]])
})

test('records are filed up to an ack', async t => {
  const senders = makePositions()
  senders.advance([{ senderId: known, seq: 15 }], 500)
  t.strictSame(senders.positions.get(known), { expected: 16, timeMs: 500 })
})

test('an id inherits what is known of a former one, once', async t => {
  const senders = makePositions()
  t.equal(senders.inherit(next, known), 10)
  t.strictSame(senders.ahead.get(next), new Map([['a', 20]]))
  t.strictSame(senders.recoveredAhead.get(next), new Map([['a', 20]]))
  senders.advance([{ senderId: next, seq: 12 }], 500)
  t.equal(senders.inherit(next, known), undefined, 'it has been used')
  t.equal(senders.inherit('other-id', 'nobodys1'), undefined)
})

test('what a kill left of the new id itself is further than what it inherits', async t => {
  const positions = new Map([[known, { expected: 10, timeMs: 0 }]])
  const logs = (seq: number) => new Map([['a', seq]])
  const ahead = new Map([
    [known, logs(20)],
    [next, logs(25)]
  ])
  const clocks = { now: () => 1000, uptimeMs: () => 1000 }
  const senders = new SenderPositions({ positions, ahead }, clocks)
  senders.inherit(next, known)
  t.strictSame(senders.ahead.get(next), logs(25))
})

test('of a sender that is forgotten nothing is left', async t => {
  const senders = makePositions()
  senders.forget(known)
  t.equal(senders.positions.size, 0)
  t.equal(senders.ahead.size, 0)
})
