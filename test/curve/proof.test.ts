import { inspect } from 'node:util'
import { test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { isHelloMac, toHelloMac, toSharedSecret, type HelloClaim } from '../../lib/curve/proof.ts'
import { Secret } from '../../lib/curve/secret.ts'
import { encodeZ85 } from '../../lib/curve/z85.ts'

function toKey(hex: string): string {
  return encodeZ85(Buffer.from(hex, 'hex'))
}

// RFC 7748, section 6.1
const alicePublic = toKey('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
const bobPublic = toKey('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
const bobSecret = new Secret(
  toKey('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
)
const sharedHex = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'

const claim: HelloClaim = {
  senderId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  clientKey: alicePublic,
  serverKey: bobPublic
}

test('the shared secret is that of RFC 7748, and never shown', async t => {
  const shared = toSharedSecret(bobSecret, alicePublic)
  t.equal(shared.reveal().toString('hex'), sharedHex)
  t.equal(inspect(shared), '[secret]')
})

test('the proof is the HMAC that Python computes', async t => {
  // hmac.new(shared, b'zmq-pub hello 2\0' + id + client + server, sha256)
  const mac = toHelloMac(toSharedSecret(bobSecret, alicePublic), claim)
  t.equal(mac.toString('hex'), '263b95802312474fe7391e8078b10526108c3b0180eb9d6e8ff1d471d9f29a40')
})

test('client and server compute the same proof, each with its own secret key', async t => {
  for (let count = 0; count < 20; count++) {
    const client = createKeyPair()
    const server = createKeyPair()
    const both = { ...claim, clientKey: client.publicKey, serverKey: server.publicKey }
    const sent = toHelloMac(toSharedSecret(client.secretKey, server.publicKey), both)
    const ofServer = toSharedSecret(server.secretKey, client.publicKey)
    t.ok(isHelloMac(sent, toHelloMac(ofServer, both)))
  }
})

const others: [what: string, change: Partial<HelloClaim>][] = [
  ['another id', { senderId: Buffer.alloc(16) }],
  ['another client', { clientKey: createKeyPair().publicKey }],
  ['another server', { serverKey: createKeyPair().publicKey }],
  ['the keys exchanged', { clientKey: bobPublic, serverKey: alicePublic }]
]

for (const [what, change] of others) {
  test(`a proof isn't one for ${what}`, async t => {
    const shared = toSharedSecret(bobSecret, alicePublic)
    const mac = toHelloMac(shared, claim)
    t.ok(isHelloMac(mac, toHelloMac(shared, claim)))
    t.notOk(isHelloMac(mac, toHelloMac(shared, { ...claim, ...change })))
  })
}

test('a proof with a bit changed, too short, too long or empty is none', async t => {
  const shared = toSharedSecret(bobSecret, alicePublic)
  const mac = toHelloMac(shared, claim)
  for (let bit = 0; bit < 256; bit++) {
    const changed = Buffer.from(mac)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    t.notOk(isHelloMac(changed, toHelloMac(shared, claim)), `bit ${bit}`)
  }
  for (const other of [mac.subarray(1), Buffer.concat([mac, Buffer.of(0)]), Buffer.alloc(0)]) {
    t.notOk(isHelloMac(other, toHelloMac(shared, claim)), `${other.length} bytes`)
  }
})

test('an id of another length is refused: two claims must never be the same bytes', async t => {
  const shared = toSharedSecret(bobSecret, alicePublic)
  for (const length of [0, 8, 15, 17]) {
    t.throws(() => toHelloMac(shared, { ...claim, senderId: Buffer.alloc(length) }), RangeError)
  }
})

/** Points with which every secret key has the same result, 0 (https://cr.yp.to/ecdh.html#validate). */
const lowOrder = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
]

for (const hex of lowOrder) {
  test(`the public key ${hex} proves nothing`, async t => {
    t.throws(() => toSharedSecret(bobSecret, toKey(hex)), { code: 'ERR_ZMQ_PUB_KEY' })
  })
}
