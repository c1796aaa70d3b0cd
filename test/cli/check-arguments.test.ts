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

test('the address may be in the variable of apps, and the flag wins', async t => {
  const env = { ZMQ_PUB_ADDRESS: 'tcp://logs:5558' }
  t.equal(parseCheck([], env)?.address, 'tcp://logs:5558')
  t.equal(parseCheck(['--address', 'tcp://other:5558'], env)?.address, 'tcp://other:5558')
  t.equal(parseCheck([], { ZMQ_PUB_ADDRESS: '' })?.address, 'tcp://127.0.0.1:5558')
  const several = { ZMQ_PUB_ADDRESS: 'tcp://a:5558,tcp://b:5558' }
  t.throws(() => parseCheck([], several), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /ZMQ_PUB_ADDRESS must be one address for check, got several; choose one with --address/
  })
  t.equal(parseCheck(['--address', 'tcp://a:5558'], several)?.address, 'tcp://a:5558')
  t.throws(() => parseCheck([], { ZMQ_PUB_ADDRESS: 'tcp://*:5558' }), {
    message: /ZMQ_PUB_ADDRESS must be one host and one port/
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
  [['tcp://logs:5558'], /; give the collector's address with --address;/],
  [['--address', 'tcp://*:5558'], /--address must be one host and one port to connect to/],
  [['--address', 'tcp://logs:*'], /got 'tcp:\/\/logs:\*'/],
  [['--curve-secret-key', 'x'], /would show the key to all users/]
]

for (const [args, message] of refused) {
  test(`${args.join(' ')} is refused`, async t => {
    t.throws(() => parseCheck(args, {}), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}
