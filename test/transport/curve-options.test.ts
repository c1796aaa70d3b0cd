import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test, type Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { toMessage } from '../../lib/errors.ts'
import {
  parseTransportOptions,
  type ResolvedTransportOptions
} from '../../lib/transport/options.ts'

const app = createKeyPair()
const collector = createKeyPair()
const second = createKeyPair()
const secrets = [app, collector, second].map(({ secretKey }) => secretKey.reveal())

/** A folder with the files that keygen makes, and some that are wrong. */
function makeFiles(t: Test): string {
  const folder = t.testdir()
  writeKeyPair(folder, 'app', app)
  writeKeyPair(folder, 'collector', collector)
  writeKeyPair(folder, 'second', second)
  writeFileSync(join(folder, 'text.txt'), 'no key at all\n')
  writeFileSync(join(folder, 'short.key'), app.publicKey.slice(1))
  writeFileSync(join(folder, 'bare.key'), `${collector.publicKey}\n`)
  return folder
}

function parse(given: object, address: string | string[] = 'tcp://a:1'): ResolvedTransportOptions {
  return parseTransportOptions({ address, curve: given })
}

const ownKeys = { publicKey: app.publicKey, secretKey: app.secretKey.reveal() }

test('keys are given as files, or as they are', async t => {
  const folder = makeFiles(t)
  const file = (name: string): string => join(folder, name)
  const serverForms = [
    { serverKey: collector.publicKey },
    { serverKey: [collector.publicKey] },
    { serverKeyFile: file('collector.key') },
    { serverKeyFile: relative(process.cwd(), file('collector.key')) },
    { serverKeyFile: file('bare.key') }
  ]
  for (const server of serverForms) {
    for (const own of [ownKeys, { secretKeyFile: file('app.key_secret') }]) {
      const { curve } = parse({ ...server, ...own })
      t.strictSame(curve?.serverKeys, [collector.publicKey])
      t.equal(curve?.keyPair.publicKey, app.publicKey)
      t.equal(curve?.keyPair.secretKey.reveal(), app.secretKey.reveal())
      t.strictSame(curve?.warnings, [])
    }
  }
})

test('there is one server key an address, or one for all', async t => {
  const folder = makeFiles(t)
  const addresses = ['tcp://a:1', 'tcp://b:1']
  const both = [collector.publicKey, second.publicKey]
  const files = ['collector.key', 'second.key'].map(name => join(folder, name))
  t.strictSame(parse({ serverKey: both, ...ownKeys }, addresses).curve?.serverKeys, both)
  t.strictSame(parse({ serverKeyFile: files, ...ownKeys }, addresses).curve?.serverKeys, both)
  t.strictSame(parse({ serverKey: both[0], ...ownKeys }, addresses).curve?.serverKeys, [
    both[0],
    both[0]
  ])
})

test('a secret that others can read, and the collector’s secret in the app, are warned of', async t => {
  const folder = makeFiles(t)
  const secretKeyFile = join(folder, 'app.key_secret')
  const serverKeyFile = join(folder, 'collector.key_secret')
  chmodSync(secretKeyFile, 0o640)
  const { curve } = parse({ serverKeyFile: [serverKeyFile, serverKeyFile], secretKeyFile }, [
    'tcp://a:1',
    'tcp://b:1'
  ])
  t.equal(curve?.warnings.length, 2)
  t.match(curve?.warnings.join('\n'), `${secretKeyFile} has a secret key and other users`)
  t.match(curve?.warnings.join('\n'), 'collector.key_secret has a secret key; only its owner')
})

test('a link to a key file is followed, as Kubernetes makes them', async t => {
  const folder = makeFiles(t)
  symlinkSync('app.key_secret', join(folder, 'link'))
  t.ok(parse({ serverKey: collector.publicKey, secretKeyFile: join(folder, 'link') }).curve)
})

const server = { serverKey: collector.publicKey }
const secret = app.secretKey.reveal()

const refused: [what: string, given: unknown, message: RegExp][] = [
  ['no object', secret, /curve must be an object with serverKey .* got a string$/],
  ['null', null, /curve must be an object with serverKey .* got null$/],
  ['a list', [secret], /curve must be an object .* got a list$/],
  ['nothing', {}, /curve\.serverKeyFile or curve\.serverKey must be given/],
  ['no key of its own', server, /curve\.secretKeyFile must be given: .*keygen/],
  ['no server key', ownKeys, /curve\.serverKeyFile or curve\.serverKey must be given/],
  [
    'half a pair',
    { ...server, secretKey: secret },
    /curve\.publicKey must be given together with curve\.secretKey/
  ],
  [
    'the other half',
    { ...server, publicKey: app.publicKey },
    /curve\.secretKey must be given together with curve\.publicKey/
  ],
  [
    'both forms',
    { ...server, ...ownKeys, secretKeyFile: 'x' },
    /secretKeyFile and curve\.secretKey can't/
  ],
  [
    'a public key beside the file',
    { ...server, publicKey: app.publicKey, secretKeyFile: 'x' },
    /secretKeyFile and curve\.publicKey can't/
  ],
  ['both of the server', { ...server, serverKeyFile: 'x', ...ownKeys }, /can't be used together/],
  [
    'swapped keys',
    { ...server, publicKey: secret, secretKey: app.publicKey },
    /curve\.publicKey and curve\.secretKey must be a key pair, got the two keys swapped$/
  ],
  [
    'keys of two pairs',
    { ...server, publicKey: app.publicKey, secretKey: second.secretKey.reveal() },
    /must be a key pair, got keys of different pairs$/
  ],
  [
    'a short key',
    { ...server, ...ownKeys, secretKey: secret.slice(1) },
    /Z85\), got 39 characters$/
  ],
  ['no Z85', { ...server, ...ownKeys, secretKey: `${secret.slice(1)},` }, /that are not Z85$/],
  ['a key as bytes', { ...server, ...ownKeys, secretKey: Buffer.from(secret) }, /got object$/],
  [
    'an unknown name',
    { ...server, ...ownKeys, secretkey: secret },
    /'secretkey' in curve \(did you mean 'secretKey'/
  ],
  ['a key as a name', { [secret]: true }, /\[40 characters that may be a key\]' in curve; known/],
  [
    'its own secret as the server key',
    { serverKey: secret, ...ownKeys },
    /got the app's own secret key$/
  ],
  [
    'its own key as the server key',
    { ...ownKeys, serverKey: app.publicKey },
    /app's own public key$/
  ],
  [
    'its own file as the server key',
    { ...ownKeys, serverKeyFile: 'app.key_secret' },
    /serverKeyFile must be the collector's public key, got the app's own public key$/
  ],
  [
    'a key as a file',
    { ...server, secretKeyFile: secret },
    /got 40 characters that may be a key itself/
  ],
  ['a server key as a file', { ...ownKeys, serverKeyFile: secret }, /may be a key itself/],
  ['an empty path', { ...server, secretKeyFile: '' }, /got an empty string$/],
  [
    'a path with a NUL',
    { ...server, secretKeyFile: `${secret}\0` },
    /got one with a NUL character$/
  ],
  ['a number as a path', { ...server, secretKeyFile: 5 }, /got a number$/],
  [
    'no such file',
    { ...server, secretKeyFile: 'no-such' },
    /cannot read .*no-such \(curve\.secretKeyFile\): ENOENT/
  ],
  ['a folder', { ...server, secretKeyFile: '.' }, /must be a regular file/],
  ['a public file', { ...server, secretKeyFile: 'app.key' }, /app\.key_secret$/],
  ['a text', { ...server, secretKeyFile: 'text.txt' }, /must be a certificate with a public-key/],
  ['a short key in a file', { ...ownKeys, serverKeyFile: 'short.key' }, /got 39 characters$/],
  ['too long a path', { ...server, secretKeyFile: secret.repeat(120) }, /may be a key itself/],
  [
    'two keys for one address',
    { ...ownKeys, serverKey: [collector.publicKey, second.publicKey] },
    /curve\.serverKey must be one key; got 2$/
  ],
  [
    'a key that proves nothing',
    { ...ownKeys, serverKey: '0'.repeat(40) },
    /a point of low order\)$/
  ],
  ['no keys in a list', { ...ownKeys, serverKey: [] }, /curve\.serverKey must be one key; got 0$/],
  ['a hole in a list', { ...ownKeys, serverKey: [null] }, /curve\.serverKey must be .* got null$/]
]

for (const [what, given, message] of refused) {
  test(`curve is refused: ${what}; the message has no key in it`, async t => {
    const folder = makeFiles(t)
    const before = process.cwd()
    process.chdir(folder)
    try {
      parse(given as object)
      t.fail('was taken')
    } catch (error) {
      t.match(error, { name: 'ZmqPubError', code: /^ERR_ZMQ_PUB_(?:OPTION|KEY)$/ })
      t.match(toMessage(error), message)
      for (const key of secrets) {
        for (let at = 0; at + 6 <= key.length; at++) {
          if (String((error as Error).stack).includes(key.slice(at, at + 6)))
            t.fail(`shows ${what}`)
        }
      }
    } finally {
      process.chdir(before)
    }
  })
}

test('who binds can’t have keys, and listens only where it is let', async t => {
  const bind = (options: object): ResolvedTransportOptions =>
    parseTransportOptions({ bind: true, ...options })
  t.throws(() => bind({ curve: { ...server, ...ownKeys }, insecure: true }), {
    message: /curve can't be used with bind: let the collector bind and the app connect$/
  })
  t.throws(() => bind({ address: ['tcp://127.0.0.1:1', 'tcp://*:5558'] }), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /bind at tcp:\/\/\*:5558 would send .* connect with curve, or, .*, set insecure$/
  })
  t.ok(bind({ address: 'tcp://*:5558', insecure: true }).insecure)
  t.ok(bind({ address: ['tcp://127.0.0.1:1', 'ipc:///run/x'] }).bind)
  t.ok(parseTransportOptions({ address: 'tcp://far:1' }), 'who connects may do so')
})
