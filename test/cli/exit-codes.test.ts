import { test } from 'tap'
import { exitCodes, toExitCode } from '../../lib/cli/exit-codes.ts'
import { ZmqPubError } from '../../lib/errors.ts'

test('an error that comes again until something is changed has the exit code of a usage error', async t => {
  const usage = ['ERR_ZMQ_PUB_OPTION'] as const
  const error = new ZmqPubError('ERR_ZMQ_PUB_OPTION', 'wrong')
  t.equal(toExitCode(error, usage), exitCodes.usage)
  t.equal(toExitCode(error, []), exitCodes.failed)
  t.equal(toExitCode(new Error('full'), usage), exitCodes.failed)
  t.equal(toExitCode(undefined, usage), exitCodes.failed)
})

test('exit codes differ, and 0 is only that of a program that was stopped', async t => {
  const codes = Object.values(exitCodes)
  t.equal(new Set(codes).size, codes.length)
  t.equal(exitCodes.stopped, 0)
})
