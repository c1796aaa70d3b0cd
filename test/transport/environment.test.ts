import { pino } from 'pino'
import { test, type Test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { variableNames } from '../../lib/transport/environment.ts'
import {
  parseTransportOptions,
  type ResolvedTransportOptions
} from '../../lib/transport/options.ts'
import { startCollector } from '../helpers/collector.ts'
import { endTransport, waitForEvent } from '../helpers/logger.ts'

const app = createKeyPair()
const server = createKeyPair()
const other = createKeyPair()
const keys = {
  ZMQ_PUB_CURVE_PUBLIC_KEY: app.publicKey,
  ZMQ_PUB_CURVE_SECRET_KEY: app.secretKey.reveal(),
  ZMQ_PUB_CURVE_SERVER_KEY: server.publicKey
}

function parse(options: object, env: NodeJS.ProcessEnv): ResolvedTransportOptions {
  return parseTransportOptions(options, undefined, env)
}

const taken: [env: NodeJS.ProcessEnv, resolved: object][] = [
  [{ ZMQ_PUB_ADDRESS: 'tcp://a:1' }, { address: ['tcp://a:1'], addressFrom: 'environment' }],
  [{ ZMQ_PUB_ADDRESS: 'tcp://a:1, tcp://b:1' }, { address: ['tcp://a:1', 'tcp://b:1'] }],
  [{ ZMQ_PUB_ADDRESS: '' }, { address: ['tcp://127.0.0.1:5558'], addressFrom: 'default' }],
  [{ ZMQ_PUB_TOPIC: 'shop' }, { topic: 'shop' }],
  [{ ZMQ_PUB_MAX_BUFFER_BYTES: '4096' }, { maxBufferBytes: 4096 }],
  [{ ZMQ_PUB_SPOOL: '/spool' }, { spool: { dir: '/spool', maxBytes: 2 ** 30 } }],
  [
    { ZMQ_PUB_SPOOL: '{"dir":"/spool","maxBytes":1048576}' },
    { spool: { dir: '/spool', maxBytes: 1048576 } }
  ],
  [{ ZMQ_PUB_QUIET: 'true' }, { quiet: true }],
  [{ ZMQ_PUB_QUIET: '0' }, { quiet: false }],
  [{ ZMQ_PUB_CLOSE_TIMEOUT_MS: '100' }, { closeTimeoutMs: 100 }],
  // What other programs, the collector and Kubernetes have.
  [{ ZMQ_PUB_COLLECTOR_FILE: 'x', ZMQ_PUB_PORT: 'tcp://10.0.0.1:5558' }, { topic: undefined }],
  [{ ZMQ_PUB_SERVICE_HOST: '10.0.0.1', ZMQ_PUB_PORT_5558_TCP_ADDR: '10.0.0.1' }, { quiet: false }]
]

for (const [env, resolved] of taken) {
  test(`${JSON.stringify(env)} is taken`, async t => t.match(parse({}, env), resolved))
}

test('an option wins over its variable; undefined counts as not given', async t => {
  const env = { ZMQ_PUB_ADDRESS: 'tcp://env:1', ZMQ_PUB_TOPIC: 'env' }
  t.match(parse({ address: 'tcp://own:1' }, env), {
    address: ['tcp://own:1'],
    addressFrom: 'option',
    topic: 'env'
  })
  t.match(parse({ address: undefined }, env), { addressFrom: 'environment' })
})

test('keys may be variables, all of them or those of one side', async t => {
  const find = (curve: object | undefined, env: NodeJS.ProcessEnv): string[] => {
    const found = parse({ curve }, env).curve
    return [found?.keyPair.publicKey ?? '', ...(found?.serverKeys ?? [])]
  }
  t.strictSame(find(undefined, keys), [app.publicKey, server.publicKey])
  t.strictSame(find({ serverKey: other.publicKey }, keys), [app.publicKey, other.publicKey])
  const pair = { publicKey: other.publicKey, secretKey: other.secretKey.reveal() }
  t.strictSame(find(pair, keys), [other.publicKey, server.publicKey])
})

const refused: [env: NodeJS.ProcessEnv, message: RegExp, options?: object][] = [
  [
    { ZMQ_PUB_ADDRESS: 'logs:5558' },
    /: ZMQ_PUB_ADDRESS must be an address .*, got \["logs:5558"\] \(did you mean 'tcp:\/\/logs:5558'\?\)$/
  ],
  [{ ZMQ_PUB_QUIET: 'yes' }, /: ZMQ_PUB_QUIET must be true or false, got 'yes'$/],
  [
    { ZMQ_PUB_CLOSE_TIMEOUT_MS: '5s' },
    /: ZMQ_PUB_CLOSE_TIMEOUT_MS must be a whole number .* '5s'$/
  ],
  [{ ZMQ_PUB_SPOOL: '{"folder":1}' }, /: ZMQ_PUB_SPOOL must be a folder, or an object with dir/],
  [{ ZMQ_PUB_ADRESS: 'x' }, /unknown .* ZMQ_PUB_ADRESS \(did you mean 'ZMQ_PUB_ADDRESS'\?\)$/],
  [
    { ZMQ_PUB_CURVE_KEY: 'x' },
    /unknown environment variable ZMQ_PUB_CURVE_KEY.*; known: ZMQ_PUB_CURVE/
  ],
  [
    { ...keys, ZMQ_PUB_CURVE_PUBLIC_KEY: '' },
    /ZMQ_PUB_CURVE_PUBLIC_KEY must be given together with ZMQ_PUB_CURVE_S/
  ],
  [
    { ...keys, ZMQ_PUB_CURVE_SERVER_KEY: 'x' },
    /: ZMQ_PUB_CURVE_SERVER_KEY must be a key of 40 char/
  ],
  [keys, /: ZMQ_PUB_CURVE_\w+ can't be used with bind/, { bind: true }]
]

for (const [env, message, options = {}] of refused) {
  test(`${Object.keys(env).join(', ')}: refused by ${message}`, async t => {
    t.throws(() => parse(options, env), { message })
  })
}

test('every variable is of an option', async t => {
  t.equal(variableNames.length, 12)
  for (const name of variableNames) t.match(name, /^ZMQ_PUB_[A-Z_]+$/)
})

/** Sets a variable of this process for one test: a worker gets a copy when it starts. */
function setVariable(t: Test, name: string, value: string): void {
  process.env[name] = value
  t.teardown(() => void delete process.env[name])
}

test("pino's worker takes the address of the environment, and says so", async t => {
  const { address, waitForLines } = await startCollector(t)
  setVariable(t, 'ZMQ_PUB_ADDRESS', address)
  const stream = pino.transport({ target: 'zmq-pub' })
  t.teardown(() => endTransport(stream))
  pino(stream).info('by the environment')
  t.match(await waitForEvent(stream, 'subscribed'), {
    addresses: [address],
    addressFrom: 'environment'
  })
  t.match(await waitForLines(1), [/by the environment/])
})

test('a wrong variable is an error of the stream', async t => {
  setVariable(t, 'ZMQ_PUB_ADDRESS', 'logs')
  const stream = pino.transport({ target: 'zmq-pub', options: {} })
  const error = await new Promise<Error>(resolve => stream.on('error', resolve))
  t.match(error.message, /^ERR_ZMQ_PUB_OPTION: ZMQ_PUB_ADDRESS must be an address/)
})
