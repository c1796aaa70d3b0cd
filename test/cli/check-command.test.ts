import { test } from 'tap'
import { run } from '../../lib/cli/check-command.ts'
import { startCollector } from '../helpers/collector.ts'
import { captureOutput } from '../helpers/fake-terminal.ts'
import { findFreeAddress } from '../helpers/free-address.ts'

test('a collector that answers: one line on stdout, and 0', async t => {
  const { address } = await startCollector(t)
  const { result, stdout, stderr } = await captureOutput(() => run(['--address', address], {}))
  t.equal(result, 0)
  t.match(stdout, /^[^\n]+ answers [^\n]+\n$/)
  t.equal(stderr, '')
})

test('nothing answers at the address of the variable: one line on stderr, and 1', async t => {
  const address = await findFreeAddress()
  const { result, stdout, stderr } = await captureOutput(() =>
    run([], { ZMQ_PUB_ADDRESS: address })
  )
  t.equal(result, 1)
  t.equal(stdout, '')
  t.match(stderr, /^[^\n]+: nothing listens there; [^\n]+\n$/)
  t.ok(stderr.startsWith(`${address}: `))
})

test('--help names each flag, variable and exit code, and connects to nothing', async t => {
  const { result, stdout } = await captureOutput(() => run(['--help', '--address', 'x'], {}))
  t.equal(result, 0)
  for (const text of [
    '--address ADDRESS',
    '--timeout SECONDS',
    '--curve-server-key-file FILE',
    '--curve-secret-key-file FILE',
    'ZMQ_PUB_ADDRESS',
    'ZMQ_PUB_CURVE_SERVER_KEY_FILE',
    'ZMQ_PUB_CURVE_SECRET_KEY_FILE',
    'Exit codes: 0 it has answered, 1 it has not (stderr says why), 2 wrong usage or keys.'
  ]) {
    t.ok(stdout.includes(text), text)
  }
  for (const line of stdout.split('\n')) t.ok(line.length <= 100, line)
})

test('wrong usage is an error, and nothing is written', async t => {
  const { result, stdout, stderr } = await captureOutput(() =>
    run(['--timeout', '0'], {}).catch((error: unknown) => error)
  )
  t.match(result, { code: 'ERR_ZMQ_PUB_OPTION', message: /--timeout must be .*, got '0'/ })
  t.equal(stdout + stderr, '')
})
