import { test } from 'tap'
import { ZmqPubError } from '../../lib/errors.ts'
import { RequestError, toErrorBody, toRequestError } from '../../lib/viewer/request-error.ts'

test('an error of a request is answered as it is', async t => {
  const error = new RequestError(429, 'busy', 'try later')
  t.equal(toRequestError(error), error)
  t.match(error, { name: 'RequestError', status: 429, code: 'busy', message: 'try later' })
  t.ok(error instanceof Error)
})

test('what a user has done wrong keeps its code, which the message does not repeat', async t => {
  const error = new ZmqPubError('ERR_ZMQ_PUB_OPTION', "level must be a level, got 'x'")
  t.match(toRequestError(error), {
    status: 400,
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /^level must be a level, got 'x'$/
  })
})

const bugs: [error: unknown, message: string][] = [
  [new TypeError('x is not a function'), 'a bug: x is not a function'],
  ['a text', 'a bug: a text'],
  [undefined, 'a bug: undefined']
]

for (const [error, message] of bugs) {
  test(`${String(error)} is a bug of the server, and is called one`, async t => {
    t.match(toRequestError(error), { status: 500, code: 'bug', message })
  })
}

test('the body of an answer is one line of JSON for the page', async t => {
  const body = toErrorBody(new RequestError(404, 'not-found', 'no "such"\npath'))
  t.match(body, /^[^\n]+\n$/)
  t.strictSame(JSON.parse(body), { code: 'not-found', message: 'no "such"\npath' })
})
