import { test } from 'tap'
import { allowAnyClient } from '../../../lib/collector/access/zap-handler.ts'
import { Identities } from '../../../lib/collector/intake/identities.ts'
import { createKeyPair, type KeyPair } from '../../../lib/curve/keys.ts'
import { Secret } from '../../../lib/curve/secret.ts'
import { toProof } from '../../../lib/transport/proof.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'
import { createSenderId, toPublicId } from '../../../lib/wire/id.ts'
import { maxProofs } from '../../../lib/wire/limits.ts'

const server = createKeyPair()
const [shop, bill] = [createKeyPair(), createKeyPair()]

/** A hello that proves its key, as a transport makes it. */
function prove(senderId: string, keyPair: KeyPair, serverKey = server.publicKey): Hello {
  const curve = { keyPair, serverKeys: [createKeyPair().publicKey, serverKey], warnings: [] }
  return { ...createHello(), app: 'app', ...toProof(senderId, curve) }
}

/** Identities of a collector whose list has the keys of shop and bill, until they are revoked. */
function makeIdentities(pinned: ('app' | 'host')[] = []) {
  const names = new Map([
    [shop.publicKey, 'shop'],
    [bill.publicKey, 'bill']
  ])
  const nameOf = (key: string): string | undefined => names.get(key)
  const identities = new Identities({ serverKeyPair: server, nameOf }, pinned)
  return { identities, revoke: (key: string) => names.delete(key) }
}

const plainHello = createHello()
const refusal = { code: 'ERR_ZMQ_PUB_KEY' }

test('a check needs the same proof as a hello, and nothing of it is noted', async t => {
  const { identities, revoke } = makeIdentities()
  const id = createSenderId()
  t.equal(identities.check(id, prove(id, shop), 'secure'), toPublicId(id))
  t.throws(() => identities.check(id, prove(createSenderId(), shop), 'secure'), refusal)
  t.throws(() => identities.check(id, plainHello, 'secure'), refusal)
  revoke(shop.publicKey)
  t.throws(() => identities.check(id, prove(id, shop), 'secure'), refusal)
  t.equal(identities.size, 0)
})

test('on a plain connection whoever knows an id may use it, once it has said hello', async t => {
  const identities = new Identities(undefined)
  const id = createSenderId()
  t.equal(identities.find(id, 'plain'), undefined)
  t.equal(identities.hello(id, plainHello, 'plain').publicId, toPublicId(id))
  t.equal(identities.find(id, 'plain'), toPublicId(id))
  t.equal(identities.hello(id, plainHello, 'plain').publicId, toPublicId(id))
})

test('over CURVE a sender proves its key once, and may send from then on', async t => {
  const { identities } = makeIdentities()
  const id = createSenderId()
  t.equal(identities.find(id, 'secure'), undefined)
  const hello = prove(id, shop)
  t.match(identities.hello(id, hello, 'secure'), {
    publicId: toPublicId(id),
    hello: { app: 'app', key: shop.publicKey, proofs: undefined }
  })
  t.equal(identities.find(id, 'secure'), toPublicId(id))
  t.equal(identities.hello(id, hello, 'secure').publicId, toPublicId(id), 'it repeats its hello')
})

const id = createSenderId()
const refused: [what: string, hello: Hello][] = [
  ['no key', plainHello],
  ['a key without a proof', { ...plainHello, key: shop.publicKey }],
  ['a key that is not in the list', prove(id, createKeyPair())],
  ['a proof for another id', prove(createSenderId(), shop)],
  ['a proof for another server', prove(id, shop, createKeyPair().publicKey)],
  ["another client's key with the own proof", { ...prove(id, bill), key: shop.publicKey }],
  ['a proof that is no text of base64url', { ...prove(id, shop), proofs: ['!', ''] }],
  ['a key that is no key', { ...prove(id, shop), key: '~'.repeat(40) }],
  ['a key of low order', { ...prove(id, shop), key: '0'.repeat(40) }]
]

for (const [what, hello] of refused) {
  test(`a hello over CURVE is refused with ${what}, and its id stays unknown`, async t => {
    const { identities } = makeIdentities()
    t.throws(() => identities.hello(id, hello, 'secure'), refusal)
    t.equal(identities.find(id, 'secure'), undefined)
    t.equal(identities.size, 0)
  })
}

test('a hello with many wrong proofs costs no more than one with a single one', async t => {
  const { identities } = makeIdentities()
  const hello = prove(id, shop)
  const wrong = String(prove(id, bill).proofs?.[1])
  const refuse = (count: number): void => {
    const proofs = Array.from({ length: count }, () => wrong)
    t.throws(() => identities.hello(id, { ...hello, proofs }, 'secure'), refusal)
  }
  refuse(1)
  const uses = t.capture(Secret.prototype, 'reveal', Secret.prototype.reveal)
  refuse(1)
  const once = uses().length
  refuse(maxProofs)
  t.equal(uses().length, once)
})

test('where every client may connect a key that is no key is refused like any other', async t => {
  const identities = new Identities({ serverKeyPair: server, nameOf: allowAnyClient })
  const other = createKeyPair()
  t.throws(
    () => identities.hello(id, { ...prove(id, other), key: '~'.repeat(40) }, 'secure'),
    refusal
  )
  t.equal(identities.hello(id, prove(id, other), 'secure').publicId, toPublicId(id))
})

test('an id belongs to the key that has proved it, and to the secure socket', async t => {
  const { identities } = makeIdentities()
  identities.hello(id, prove(id, shop), 'secure')
  t.throws(() => identities.hello(id, prove(id, bill), 'secure'), refusal, 'another client')
  t.throws(() => identities.hello(id, plainHello, 'plain'), refusal, 'a plain hello')
  t.throws(() => identities.hello(id, prove(id, shop), 'plain'), refusal, 'its hello, replayed')
  t.throws(() => identities.find(id, 'plain'), refusal, 'a plain batch')
  t.equal(identities.find(id, 'secure'), toPublicId(id))
})

test('a sender that has said hello on a plain connection may go over to a secure one', async t => {
  const { identities } = makeIdentities()
  identities.hello(id, plainHello, 'plain')
  t.throws(() => identities.find(id, 'secure'), refusal, 'before its hello there')
  identities.hello(id, prove(id, shop), 'secure')
  t.equal(identities.find(id, 'secure'), toPublicId(id))
})

test('what a revoked key sends is refused at once, by its ids', async t => {
  const { identities, revoke } = makeIdentities()
  const other = createSenderId()
  identities.hello(id, prove(id, shop), 'secure')
  identities.hello(other, prove(other, bill), 'secure')
  revoke(shop.publicKey)
  t.throws(() => identities.find(id, 'secure'), refusal)
  t.throws(() => identities.hello(id, prove(id, shop), 'secure'), refusal)
  t.equal(identities.find(other, 'secure'), toPublicId(other))
})

test("app and host are the name of the key where they are pinned, and the sender's word elsewhere", async t => {
  for (const pinned of [[], ['app'], ['host'], ['app', 'host']] as ('app' | 'host')[][]) {
    const { identities } = makeIdentities(pinned)
    const { app, host } = identities.hello(id, prove(id, shop), 'secure').hello
    t.equal(app, pinned.includes('app') ? 'shop' : 'app')
    t.equal(host, pinned.includes('host') ? 'shop' : plainHello.host)
  }
})

test('a secret id whose hash is that of a known sender is refused, until that one is forgotten', async t => {
  const identities = new Identities(undefined, [], () => 'the same')
  const [first, second] = [createSenderId(), createSenderId()]
  identities.hello(first, plainHello, 'plain')
  t.throws(() => identities.hello(second, plainHello, 'plain'), refusal)
  t.equal(identities.find(second, 'plain'), undefined)
  t.equal(identities.hello(first, plainHello, 'plain').publicId, 'the same')
  identities.keepOnly(() => false)
  t.equal(identities.hello(second, plainHello, 'plain').publicId, 'the same')
})

test('ids of forgotten senders are forgotten', async t => {
  const { identities } = makeIdentities()
  const ids = Array.from({ length: 10 }, createSenderId)
  for (const each of ids) identities.hello(each, plainHello, 'plain')
  identities.keepOnly(publicId => publicId === toPublicId(ids[3] ?? ''))
  t.equal(identities.size, 1)
  t.equal(identities.find(ids[3] ?? '', 'plain'), toPublicId(ids[3] ?? ''))
})
