import { test } from 'tap'
import { parsePipeArguments } from '../../lib/cli/pipe.ts'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import type { ResolvedCurve } from '../../lib/transport/curve-options.ts'

const app = createKeyPair()
const server = createKeyPair()
const second = createKeyPair()
const secret = app.secretKey.reveal()

function parse(args: string[], env: NodeJS.ProcessEnv = {}): ResolvedCurve | undefined {
  const command = parsePipeArguments(args, env)
  return command.name === 'run' ? command.options.curve : undefined
}

const ownVariables = { ZMQ_PUB_CURVE_PUBLIC_KEY: app.publicKey, ZMQ_PUB_CURVE_SECRET_KEY: secret }

test('keys come from flags, from variables, or from both', async t => {
  const folder = t.testdir()
  const { secretPath: secretFile } = writeKeyPair(folder, 'app', app)
  const { publicPath: serverFile } = writeKeyPair(folder, 'server', server)
  const serverFlag = [`--curve-server-key=${server.publicKey}`]
  const given: [args: string[], env: NodeJS.ProcessEnv][] = [
    [['--curve-server-key-file', serverFile, '--curve-secret-key-file', secretFile], {}],
    [serverFlag, ownVariables],
    [serverFlag, { ZMQ_PUB_CURVE_SECRET_KEY_FILE: secretFile }],
    [[], { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY_FILE: serverFile }],
    [[], { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY: server.publicKey }],
    // What flags say replaces what variables say of the same side, in whatever form.
    [serverFlag, { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY: second.publicKey }],
    [serverFlag, { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY_FILE: 'no-such' }],
    [[...serverFlag, '--curve-secret-key-file', secretFile], ownVariables],
    [serverFlag, { ...ownVariables, ZMQ_PUB_CURVE_SECRET_KEY_FILE: '' }]
  ]
  for (const [args, env] of given) {
    const curve = parse(args, env)
    t.strictSame(curve?.serverKeys, [server.publicKey])
    t.equal(curve?.keyPair.secretKey.reveal(), secret)
  }
})

test('there may be several server keys', async t => {
  const both = [server.publicKey, second.publicKey]
  const addresses = ['--address', 'tcp://a:1', '--address', 'tcp://b:1']
  const flags = both.map(key => `--curve-server-key=${key}`)
  t.strictSame(parse([...addresses, ...flags], ownVariables)?.serverKeys, both)
  const env = { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY: both.join(',') }
  t.strictSame(parse(addresses, env)?.serverKeys, both)
})

test('without keys nothing is encrypted', async t => {
  t.equal(parse([], { ZMQ_PUB_CURVE_SECRET_KEY: '', ZMQ_PUB_OTHER: 'x' }), undefined)
})

const refused: [what: string, args: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
  [
    'a secret key as a flag',
    [`--curve-secret-key=${secret}`],
    {},
    /--curve-secret-key would show the key .* give --curve-secret-key-file FILE, or .* ZMQ_PUB_CURVE_SECRET_KEY$/
  ],
  [
    'an unknown variable',
    [],
    { ZMQ_PUB_CURVE_SECRET: secret },
    /unknown environment variable ZMQ_PUB_CURVE_SECRET \(did you mean 'ZMQ_PUB_CURVE_SECRET_KEY'\?\); known: /
  ],
  [
    'a variable with half a pair',
    [`--curve-server-key=${server.publicKey}`],
    { ZMQ_PUB_CURVE_SECRET_KEY: secret },
    /ZMQ_PUB_CURVE_PUBLIC_KEY must be given together with ZMQ_PUB_CURVE_SECRET_KEY; or give --curve-secret-key-file, a file with both$/
  ],
  [
    'a short key in a variable',
    [],
    { ...ownVariables, ZMQ_PUB_CURVE_SERVER_KEY: secret.slice(1) },
    /ZMQ_PUB_CURVE_SERVER_KEY must be a key of 40 characters \(Z85\), got 39 characters$/
  ],
  [
    'a key in place of a file',
    [`--curve-secret-key-file=${secret}`, `--curve-server-key=${server.publicKey}`],
    {},
    /--curve-secret-key-file must be the path of a key file, got 40 characters that may be a key/
  ],
  [
    'no server key',
    ['--curve-secret-key-file', 'x'],
    {},
    /--curve-server-key-file or --curve-server-key must be given/
  ],
  [
    'a key as an argument',
    [secret.replace(/^-*/, 'x')],
    {},
    /unexpected argument '\[41 characters that may be a key\]'; give an address with --address;/
  ],
  ['a key as an address', ['--address', secret.replace(/^-*/, 'x')], {}, /got \["\[41 characters/],
  ['a key as a flag', [`--x${secret.replaceAll('=', '+')}`], {}, /unknown option /],
  [
    'keys and --bind',
    ['--bind', `--curve-server-key=${server.publicKey}`],
    ownVariables,
    /--curve-secret-key-file can't be used with --bind: let the collector bind/
  ],
  [
    '--bind where others can connect',
    ['--bind', '--address', 'tcp://*:5558'],
    {},
    /--bind at tcp:\/\/\*:5558 would .* connect with --curve-secret-key-file, .* set --insecure$/
  ]
]

for (const [what, args, env, message] of refused) {
  test(`zmq-pub refuses ${what}`, async t => {
    try {
      parse(args, env)
      t.fail('was taken')
    } catch (error) {
      t.match((error as Error).message, message)
      for (let at = 0; at + 6 <= secret.length; at++) {
        if (String((error as Error).stack).includes(secret.slice(at, at + 6))) t.fail('shows it')
      }
    }
  })
}
