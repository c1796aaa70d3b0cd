import { test } from 'tap'
import { ZmqPubError } from '../../../lib/errors.ts'
import { pathAdvice, toWriteError } from '../../../lib/collector/files/write-error.ts'

for (const [what, cause, text] of [
  ['an error', Object.assign(new Error('EACCES: denied'), { code: 'EACCES' }), 'EACCES: denied'],
  ['another value', 'denied', 'denied']
] as const) {
  test(`of ${what} the write error names the path, the cause and what to do`, async t => {
    const error = toWriteError('logs/a.log', cause)
    t.type(error, ZmqPubError)
    t.equal(error.code, 'ERR_ZMQ_PUB_FILE')
    t.equal(
      error.message,
      `ERR_ZMQ_PUB_FILE: cannot write logs/a.log: ${text}; make it writable, or ${pathAdvice}`
    )
    t.equal(error.cause, cause)
  })
}
