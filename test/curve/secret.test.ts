import { inspect } from 'node:util'
import { test } from 'tap'
import { ZmqPubError } from '../../lib/errors.ts'
import { Secret } from '../../lib/curve/secret.ts'

const value = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
const secret = new Secret(value)

const shown: [how: string, show: () => string][] = [
  ['a text', () => ['got', secret].join(' ')],
  ['String()', () => String(secret)],
  ['JSON', () => JSON.stringify({ key: secret, list: [secret] })],
  ['inspect', () => inspect({ key: secret }, { showHidden: true, depth: null, getters: true })],
  ['inspect of a Secret', () => inspect(secret, { customInspect: false, showHidden: true })],
  ['an error', () => inspect(new ZmqPubError('ERR_ZMQ_PUB_KEY', `got ${String(secret)}`))],
  ['its properties', () => JSON.stringify([Object.entries(secret), Object.assign({}, secret)])],
  ['a copy for a thread', () => inspect(structuredClone(secret), { showHidden: true })]
]

for (const [how, show] of shown) {
  test(`a secret isn't shown by ${how}`, async t => {
    t.notMatch(show(), value)
    t.notMatch(show(), Buffer.from(value).toString('hex'))
  })
}

test('only reveal() gives the value', async t => {
  t.equal(secret.reveal(), value)
  t.equal(String(secret), '[secret]')
})
