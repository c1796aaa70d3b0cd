import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { createKeyPair } from '../../../lib/curve/keys.ts'
import { toFlag } from '../../../lib/options/flags.ts'

const key = { curveSecretKey: 'c.key_secret' }
const list = { ...key, authorizedKeys: 'clients' }

const binds: [what: string, given: CollectorOptions, bind: string[]][] = [
  ['without keys it is loopback', {}, ['tcp://127.0.0.1:5558']],
  ['with a key it is every address', key, ['tcp://*:5558']],
  ['without keys, who connects listens nowhere', { connect: 'tcp://a:1' }, []],
  ['with a key, who connects listens, too', { ...key, connect: 'tcp://a:1' }, ['tcp://*:5558']],
  ['with a key plain ones are added', { ...key, bindPlain: 'ipc://a' }, ['tcp://*:5558']],
  ['what is given holds', { ...key, bind: 'tcp://*:1' }, ['tcp://*:1']]
]

for (const [what, given, bind] of binds) {
  test(`where a collector listens: ${what}`, async t => {
    t.strictSame(parseCollectorOptions(given).bind, bind)
  })
}

const taken: [what: string, given: CollectorOptions][] = [
  ['an address for others with keys', { ...list, bind: 'tcp://*:5558' }],
  ['an address for others that is insecure', { insecure: true, bind: 'tcp://*:5558' }],
  ['plain addresses of this machine', { bind: ['tcp://[::1]:1', 'ipc://a', 'tcp://localhost:2'] }],
  ['an insecure one beside secure ones', { ...key, bindPlain: 'tcp://*:1', insecure: true }],
  ['any port twice', { ...key, bind: 'tcp://[::1]:*', bindPlain: 'tcp://[::1]:*' }],
  ['to publish on this machine', { publish: ['tcp://127.0.0.1:1', 'ipc://live'] }],
  ['to publish for others with keys', { ...list, publish: 'tcp://*:1' }],
  ['to publish for others that is insecure', { insecure: true, publish: 'tcp://*:1' }],
  ['any client with a key', { ...key, allowAnyClient: true }],
  ['a key alone: nobody may connect, which the log says', key],
  ['names of keys', { ...list, pinNames: 'app' }],
  ['insecure where nothing needs it', { insecure: true }],
  ['no client with a switch that is off', { allowAnyClient: false }]
]

for (const [what, given] of taken) {
  test(`taken is ${what}`, async t => {
    t.ok(parseCollectorOptions(given))
  })
}

const refused: [what: string, given: CollectorOptions, message: RegExp][] = [
  [
    'to publish for others without keys',
    { publish: ['ipc://a', 'tcp://*:1'] },
    /--publish must be a loopback .*got tcp:\/\/\*:1: .*could read all logs\.\n.*\n +zmq-pub-collector keygen collector\n.*keygen app\n +zmq-pub-collector --publish 'tcp:\/\/\*:1' --curve-secret-key collector\.key_secret --authorized-keys app\.key\n.*--insecure/
  ],
  [
    'to publish where it listens',
    { bind: 'tcp://127.0.0.1:1', publish: 'tcp://127.0.0.1:1' },
    /--publish must not have an address of --bind, got tcp:\/\/127\.0\.0\.1:1 in both/
  ],
  [
    'an address for others without keys',
    { bind: ['ipc://a', 'tcp://*:1', 'tcp://10.0.0.1:2'] },
    /--bind must be a loopback .*got tcp:\/\/\*:1, tcp:\/\/10\.0\.0\.1:2: .*\n.*\n +zmq-pub-collector keygen collector\n.*keygen app\n +zmq-pub-collector --bind 'tcp:\/\/\*:1' --bind 'tcp:\/\/10\.0\.0\.1:2' --curve-secret-key collector\.key_secret --authorized-keys app\.key\n.*--insecure/
  ],
  [
    'a plain address for others beside secure ones',
    { ...key, bindPlain: ['ipc://a', 'tcp://*:1'] },
    /--bind-plain must be a loopback or ipc address, got tcp:\/\/\*:1: .*--insecure/
  ],
  [
    'a list without a key',
    { authorizedKeys: 'x' },
    /--authorized-keys must be given with --curve-secret-key.*keygen collector/
  ],
  ['any client without a key', { allowAnyClient: true }, /--allow-any-client must be given with/],
  ['names of keys without a key', { pinNames: 'app' }, /--pin-names must be given with --curve/],
  ['a plain address without a key', { bindPlain: 'ipc://a' }, /--bind-plain must be given with/],
  [
    'names of keys without a list',
    { ...key, allowAnyClient: true, pinNames: 'app' },
    /--pin-names must be given with --authorized-keys/
  ],
  ['a list and any client', { ...list, allowAnyClient: true }, /can't be used together/],
  [
    'the same address twice',
    { ...key, bind: 'ipc://a', bindPlain: 'ipc://a' },
    /--bind-plain must not have an address of --bind, got ipc:\/\/a in both/
  ],
  ['an unknown name', { ...list, pinNames: 'app,pid' as 'app' }, /must be 'app', .*got 'app,pid'/],
  ['a name twice', { ...list, pinNames: ['app', 'app'] }, /must be 'app'/],
  [
    'no path',
    { curveSecretKey: '' },
    /--curve-secret-key must be the path of an existing key file.*got ''/
  ],
  ['a path with a NUL', { ...key, authorizedKeys: 'a\0b' }, /--authorized-keys must be the path/]
]

for (const [what, given, message] of refused) {
  test(`refused is ${what}`, async t => {
    t.throws(() => parseCollectorOptions(given, name => `--${toFlag(name)}`), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message
    })
  })
}

test('a key in place of a path is refused, and no message has it', async t => {
  for (let round = 0; round < 50; round++) {
    const secret = createKeyPair().secretKey.reveal()
    for (const given of [
      { curveSecretKey: secret },
      { curveSecretKey: secret.slice(0, 39) },
      { ...key, authorizedKeys: secret },
      { ...list, pinNames: secret as 'app' },
      { ...list, bind: secret }
    ]) {
      try {
        parseCollectorOptions(given)
        t.fail('taken')
      } catch (error) {
        t.match(error, { code: 'ERR_ZMQ_PUB_OPTION' })
        t.notOk(String(error).includes(secret.slice(0, 20)), String(error))
      }
    }
  }
})

test('a path that looks like a key is taken where it is there', async t => {
  const folder = join(t.testdir(), 'Keys-Of-All-Those-Who-May-Connect', 'From-Other-Hosts')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'Collector.key_secret')
  writeFileSync(path, '')
  t.equal(parseCollectorOptions({ curveSecretKey: path }).curveSecretKey, path)
})
