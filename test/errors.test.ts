import { test } from 'tap'
import { errorCodes, toMessage, ZmqPubError } from '../lib/errors.ts'

test('the code stands in the message too, for it alone leaves the worker of pino', async t => {
  const cause = new Error('EACCES')
  const error = new ZmqPubError('ERR_ZMQ_PUB_FILE', 'cannot write x', { cause })
  t.type(error, Error)
  t.equal(error.name, 'ZmqPubError')
  t.equal(error.code, 'ERR_ZMQ_PUB_FILE')
  t.equal(error.message, 'ERR_ZMQ_PUB_FILE: cannot write x')
  t.equal(error.cause, cause)
})

test('an error without a cause has none', async t => {
  t.notOk('cause' in new ZmqPubError('ERR_ZMQ_PUB_FRAME', 'x'))
})

test('no message has a key that was put in a wrong place', async t => {
  const key = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'
  const { message } = new ZmqPubError('ERR_ZMQ_PUB_FILE', `cannot read ${key}: ENOENT`)
  t.equal(message, 'ERR_ZMQ_PUB_FILE: cannot read [perhaps a key]: ENOENT')
})

test('each code is there once and says whose it is', async t => {
  t.equal(new Set(errorCodes).size, errorCodes.length)
  for (const code of errorCodes) t.match(code, /^ERR_ZMQ_PUB_[A-Z]+$/)
})

const thrown: [what: string, value: unknown, message: string][] = [
  ['an error', new TypeError('no'), 'no'],
  ['a text', 'no', 'no'],
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a number', 5, '5']
]

for (const [what, value, message] of thrown) {
  test(`the message of ${what} that was thrown is '${message}'`, async t => {
    t.equal(toMessage(value), message)
  })
}
