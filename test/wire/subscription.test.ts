import fc from 'fast-check'
import { test } from 'tap'
import { encodeAcks } from '../../lib/wire/acks.ts'
import {
  decodeSubscription,
  encodeSubscription,
  encodeUnsubscription
} from '../../lib/wire/subscription.ts'

test('a subscription has one byte before its topic, and is read from it', async t => {
  t.equal(encodeSubscription(Buffer.from('web')).toString('hex'), '01776562')
  t.same(decodeSubscription(Buffer.from('\u0001web')), {
    isSubscribed: true,
    topic: Buffer.from('web')
  })
  t.equal(encodeUnsubscription(Buffer.from('web')).toString('hex'), '00776562')
  t.same(decodeSubscription(Buffer.of(0)), { isSubscribed: false, topic: Buffer.alloc(0) })
})

for (const frame of [Buffer.alloc(0), Buffer.from('web'), encodeAcks('collectr', [])]) {
  test(`no subscription: '${frame.toString('hex')}'`, async t => {
    t.equal(decodeSubscription(frame), undefined)
  })
}

test('any topic is read as it was subscribed, and any other bytes are no subscription', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const [given, read] = [Buffer.from(bytes), decodeSubscription(Buffer.from(bytes))]
      const again = decodeSubscription(encodeSubscription(given))
      return (
        again?.isSubscribed === true &&
        again.topic.equals(given) &&
        (read === undefined) === !(given[0] === 0 || given[0] === 1) &&
        (!read || (read.topic.equals(given.subarray(1)) && read.isSubscribed === (given[0] === 1)))
      )
    }),
    { seed: 13, numRuns: 500, examples: [[Buffer.of(0, 1)], [Buffer.of(1)], [Buffer.of(2)]] }
  )
})
