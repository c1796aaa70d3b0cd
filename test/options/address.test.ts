import { test } from 'tap'
import { address, defaultAddress, isLocalAddress } from '../../lib/options/address.ts'
import { listOf, readOption, show } from '../../lib/options/validators.ts'

const taken = [
  defaultAddress,
  'tcp://*:5558',
  'tcp://127.0.0.1:*',
  'tcp://*:*',
  'tcp://collector.example.com:1',
  'tcp://my_service:65535',
  'tcp://[::1]:5558',
  'tcp://[fe80::1%eth0]:5558',
  'tcp://[fe80::1%br-lan_2.7]:5558',
  'tcp://[::ffff:127.0.0.1]:5558',
  'tcp://eth0;10.0.0.1:5558',
  'ipc:///run/zmq-pub.sock',
  'ipc://@abstract',
  'ipc://relative/path with space'
]

for (const given of taken) {
  test(`${given} is an address`, async t => {
    t.equal(address.read(given), given)
  })
}

const refused: [given: unknown, why: string][] = [
  ['', 'nothing'],
  ['tcp://127.0.0.1', 'no port'],
  ['tcp://127.0.0.1:', 'an empty port'],
  ['tcp://:5558', 'no host'],
  ['tcp://127.0.0.1:0', 'port 0'],
  ['tcp://127.0.0.1:65536', 'a port above 65535'],
  ['tcp://127.0.0.1:555855', 'a port of six digits'],
  ['tcp://127.0.0.1:http', 'a port by name'],
  ['tcp://127.0.0.1:5558/', 'a path after the port'],
  ['tcp://::1:5558', 'IPv6 without brackets'],
  ['tcp://[::1]', 'IPv6 without a port'],
  ['tcp://[host]:5558', 'a name in brackets'],
  ['tcp://a b:5558', 'a space in the host'],
  [' tcp://a:5558', 'a space before'],
  ['tcp://a:5558\n', 'a newline after'],
  ['ipc://', 'no path'],
  ['127.0.0.1:5558', 'no protocol'],
  ['udp://127.0.0.1:5558', 'another protocol'],
  ['inproc://x', 'a protocol that stays inside the process'],
  [5558, 'a number'],
  [['tcp://a:1'], 'an array'],
  [undefined, 'undefined']
]

for (const [given, why] of refused) {
  test(`an address is refused for: ${why}`, async t => {
    t.equal(address.read(given), undefined)
  })
}

const places: [given: string, isLocal: boolean][] = [
  [defaultAddress, true],
  ['tcp://127.255.0.7:*', true],
  ['tcp://localhost:1', true],
  ['tcp://LOCALHOST:1', true],
  ['tcp://[::1]:1', true],
  ['tcp://[0:0:0:0:0:0:0:1]:1', true],
  ['tcp://[::ffff:127.0.0.1]:1', true],
  ['ipc:///run/zmq-pub.sock', true],
  ['ipc://@abstract', true],
  ['tcp://*:5558', false],
  ['tcp://0.0.0.0:5558', false],
  ['tcp://[::]:5558', false],
  ['tcp://10.0.0.1:5558', false],
  ['tcp://[::ffff:10.0.0.1]:1', false],
  ['tcp://[fe80::1%eth0]:5558', false],
  ['tcp://128.0.0.1:1', false],
  ['tcp://eth0:1', false],
  ['tcp://localhost.example.com:1', false],
  ['tcp://127.0.0.1.example.com:1', false],
  ['tcp://eth0;127.0.0.1:1', false]
]

for (const [given, isLocal] of places) {
  test(`${given} is ${isLocal ? '' : 'not '}for this machine alone`, async t => {
    t.ok(address.read(given))
    t.equal(isLocalAddress(given), isLocal)
  })
}

const hints: [given: string, hint: string][] = [
  ['tcp://localhost', ' (it has no port)'],
  ['tcp://[::1]', ' (it has no port)'],
  ['logs:5558', " (did you mean 'tcp://logs:5558'?)"],
  ['127.0.0.1:5558', " (did you mean 'tcp://127.0.0.1:5558'?)"],
  ['logs', " (it has no 'tcp://' and no port)"],
  ['http://logs:5558', ''],
  ['tcp://logs:0', ''],
  ['', ''],
  ['rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7', '']
]

for (const [given, hint] of hints) {
  test(`the message about ${given || 'nothing'} says what is wrong`, async t => {
    for (const [validator, value] of [
      [address, given],
      [listOf(address), ['tcp://a:1', given]]
    ] as const) {
      t.throws(() => readOption<unknown>('address', value, validator), {
        message: `, got ${show(value)}${hint}`
      })
      t.equal(validator.hint?.(value), hint)
    }
  })
}
