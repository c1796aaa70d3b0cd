import { test } from 'tap'
import { parseCheck } from '../../lib/cli/check-arguments.ts'

test('without arguments the default address is checked, without keys, for 5 s', async t => {
  t.match(parseCheck([], {}), {
    address: 'tcp://127.0.0.1:5558',
    timeoutMs: 5000,
    curve: undefined
  })
})

test('the address, the timeout and the keys are given by flags, and keys by variables', async t => {
  const args = ['--address', 'tcp://logs:5558', '--timeout=60', '--curve-secret-key-file', 'a']
  const env = { ZMQ_PUB_CURVE_SERVER_KEY_FILE: 'b', ZMQ_PUB_CURVE_SECRET_KEY_FILE: 'c' }
  t.match(parseCheck(args, env), {
    address: 'tcp://logs:5558',
    timeoutMs: 60_000,
    curve: { secretKeyFile: 'a', serverKeyFile: ['b'] }
  })
})

test('help is asked for', async t => {
  t.equal(parseCheck(['--help'], {}), undefined)
})

const refused: [args: string[], message: RegExp][] = [
  [['--timeout', '0'], /--timeout must be a whole number of seconds from 1 to 60, got '0'/],
  [['--timeout', '61'], /got '61'/],
  [['--timeout', '1.5'], /got '1\.5'/],
  [['--adress', 'x'], /did you mean '--address'/],
  [['tcp://logs:5558'], /unexpected argument/],
  [['--address', 'tcp://*:5558'], /--address must be one host and one port to connect to/],
  [['--address', 'tcp://logs:*'], /got 'tcp:\/\/logs:\*'/],
  [['--curve-secret-key', 'x'], /would show the key to all users/]
]

for (const [args, message] of refused) {
  test(`${args.join(' ')} is refused`, async t => {
    t.throws(() => parseCheck(args, {}), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}
