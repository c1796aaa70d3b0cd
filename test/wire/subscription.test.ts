import { test } from 'tap'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { decodeSubscription, encodeSubscription } from '../../lib/wire/subscription.ts'

test('a subscription has one byte before its topic, and is read from it', async t => {
  t.equal(encodeSubscription(Buffer.from('web')).toString('hex'), '01776562')
  t.same(decodeSubscription(Buffer.from('\u0001web')), {
    isSubscribed: true,
    topic: Buffer.from('web')
  })
  t.same(decodeSubscription(Buffer.of(0)), { isSubscribed: false, topic: Buffer.alloc(0) })
})

for (const frame of [Buffer.alloc(0), Buffer.from('web'), encodeAcks('collectr', [])]) {
  test(`no subscription: '${frame.toString('hex')}'`, async t => {
    t.equal(decodeSubscription(frame), undefined)
  })
}
