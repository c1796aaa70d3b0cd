import { inspect } from 'node:util'
import { test } from 'tap'
import { curveKeyPair, XSubscriber } from 'zeromq'
import {
  createKeyPair,
  isKeyPair,
  parsePublicKey,
  parseSecretKey,
  toFingerprint,
  toPrivateKeyObject,
  toPublicKey
} from '../../lib/curve/keys.ts'
import { Secret } from '../../lib/curve/secret.ts'

/** The client's pair of the manual page zmq_curve(7). */
const publicKey = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
const secretKey = new Secret('D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs')

test('node:crypto makes the same public key of a secret one as libzmq', async t => {
  t.equal(toPublicKey(secretKey), publicKey)
  for (let count = 0; count < 50; count++) {
    const pair = curveKeyPair()
    t.ok(isKeyPair({ publicKey: pair.publicKey, secretKey: new Secret(pair.secretKey) }))
  }
})

test('a secret key is read once by node:crypto, which takes longer than to use it', async t => {
  const pair = createKeyPair()
  t.equal(toPrivateKeyObject(pair.secretKey), toPrivateKeyObject(pair.secretKey))
  t.not(toPrivateKeyObject(pair.secretKey), toPrivateKeyObject(secretKey))
})

test('a pair of ours is a pair, and libzmq takes it', async t => {
  const pair = createKeyPair()
  t.ok(isKeyPair(pair))
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  socket.curvePublicKey = pair.publicKey
  socket.curveSecretKey = pair.secretKey.reveal()
  t.not(createKeyPair().publicKey, pair.publicKey)
})

test('keys of two pairs are no pair', async t => {
  t.notOk(isKeyPair({ publicKey: createKeyPair().publicKey, secretKey }))
})

test('a fingerprint is short, the same for the same key, and no part of it', async t => {
  t.equal(toFingerprint(publicKey), 'ebb3af4dd99ceff3')
  t.not(toFingerprint(createKeyPair().publicKey), toFingerprint(publicKey))
})

const key = secretKey.reveal()
const refused: [what: string, given: unknown, got: string][] = [
  ['one character too few', key.slice(1), '39 characters'],
  ['one character too many', `${key} `, '41 characters'],
  ['nothing', '', '0 characters'],
  ['a quote in it', `"${key.slice(1)}`, '40 characters that are not Z85'],
  ['a word beyond 32 bits', `#####${key.slice(5)}`, '40 characters that are not Z85'],
  ['bytes', Buffer.from(key), 'object'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a number', 5, 'number']
]

for (const [what, given, got] of refused) {
  test(`a key that is ${what} is refused, and nothing of it is shown`, async t => {
    for (const parse of [parsePublicKey, parseSecretKey]) {
      try {
        parse(given, 'serverKey')
        t.fail('taken')
      } catch (error) {
        const expected = 'ERR_ZMQ_PUB_KEY: serverKey must be a key of 40 characters (Z85), got '
        t.equal((error as Error).message, expected + got)
        t.notMatch(inspect(error), key.slice(5, 15))
      }
    }
  })
}

test('a checked secret key is wrapped', async t => {
  t.equal(parsePublicKey(publicKey, 'x'), publicKey)
  t.equal(parseSecretKey(key, 'x').reveal(), key)
})
