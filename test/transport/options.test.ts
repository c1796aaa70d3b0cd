import { resolve } from 'node:path'
import { test } from 'tap'
import { pythonLevelNames } from '../../lib/record/levels.ts'
import {
  parseTransportOptions,
  transportDefaults,
  transportOptionNames
} from '../../lib/transport/options.ts'

for (const given of [undefined, null, {}]) {
  test(`options that are ${JSON.stringify(given)} are the defaults`, async t => {
    t.strictSame(parseTransportOptions(given), { ...transportDefaults, addressFrom: 'default' })
  })
}

test('every option has a default and a check', async t => {
  t.strictSame(new Set(transportOptionNames), new Set(Object.keys(transportDefaults)))
})

test('what pino adds is no option', async t => {
  const given = { $context: { threadStreamVersion: '4' }, pinoWillSendConfig: true, batchMs: 5 }
  t.match(parseTransportOptions(given), { ...transportDefaults, batchMs: 5 })
})

test('plain levels are laid over those of Python', async t => {
  const { plainLevels } = parseTransportOptions({ plainLevels: { trace: 'TRACE', notice: 'NOTE' } })
  t.strictSame(plainLevels, { ...pythonLevelNames, trace: 'TRACE', notice: 'NOTE' })
})

const taken: [name: string, given: unknown, resolved: unknown][] = [
  ['address', 'ipc:///tmp/x', ['ipc:///tmp/x']],
  ['address', ['tcp://a:1', 'tcp://b:2'], ['tcp://a:1', 'tcp://b:2']],
  ['bind', true, true],
  ['topic', '', ''],
  ['topic', 'shop.web', 'shop.web'],
  ['wire', 'plain', 'plain'],
  ['levelKey', 'log.level', 'log.level'],
  ['timeKey', '@timestamp', '@timestamp'],
  ['messageKey', 'message', 'message'],
  ['plainFormat', 'text', 'text'],
  ['spool', 'spool', { dir: resolve('spool'), maxBytes: 2 ** 30 }],
  ['spool', { dir: 'spool' }, { dir: resolve('spool'), maxBytes: 2 ** 30 }],
  ['spool', { dir: '/x', maxBytes: 2 ** 20 }, { dir: resolve('/x'), maxBytes: 2 ** 20 }],
  ['batchMs', undefined, transportDefaults.batchMs]
]

for (const [name, given, resolved] of taken) {
  test(`${name} may be ${JSON.stringify(given)}`, async t => {
    t.strictSame(parseTransportOptions({ [name]: given }), {
      ...parseTransportOptions({}),
      ...(name === 'address' && { addressFrom: 'option' }),
      [name]: resolved
    })
  })
}

const failover = { address: ['tcp://a:1', 'tcp://b:1'], mode: 'failover' }

test('with failover memory holds what comes while the engine elects a leader, unless a size is given', async t => {
  t.match(parseTransportOptions(failover), { mode: 'failover', maxBufferBytes: 256 * 2 ** 20 })
  const given = { ...failover, maxBufferBytes: 5000 }
  t.match(parseTransportOptions(given), { mode: 'failover', maxBufferBytes: 5000 })
  const env = { ZMQ_PUB_ADDRESS: 'tcp://a:1,tcp://b:1', ZMQ_PUB_MODE: 'failover' }
  const options = parseTransportOptions({ maxBufferBytes: undefined }, undefined, env)
  t.match(options, { mode: 'failover', maxBufferBytes: 256 * 2 ** 20 })
})

test('with one address there is nothing to fail over to', async t => {
  const { maxBufferBytes } = transportDefaults
  t.match(parseTransportOptions({ mode: 'failover' }), { mode: 'copies', maxBufferBytes })
})

for (const [given, message] of [
  [
    { bind: true, insecure: true },
    "mode 'failover' can't be used with bind: the transport must connect"
  ],
  [{ wire: 'plain' }, "mode 'failover' can't be used with wire 'plain', which has no acks"],
  [{ mode: 'fail-over' }, "mode must be one of 'copies', 'failover', got 'fail-over'"]
] as const) {
  test(`failover with ${JSON.stringify(given)} is refused`, async t => {
    t.throws(() => parseTransportOptions({ ...failover, ...given }), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: new RegExp(message)
    })
  })
}

const ranges: [name: keyof typeof transportDefaults, min: number, max: number][] = [
  ['maxBufferBytes', 1024, 2 ** 40],
  ['stallMs', 100, 9000],
  ['closeTimeoutMs', 0, 9000],
  ['batchBytes', 1, 2 ** 23],
  ['batchMs', 0, 60_000],
  ['countersMs', 0, 3_600_000],
  ['reconnectIntervalMs', 1, 3_600_000],
  ['reconnectMaxIntervalMs', 1, 3_600_000],
  ['heartbeatIntervalMs', 0, 3_600_000],
  ['heartbeatTimeoutMs', 1, 3_600_000]
]

for (const [name, min, max] of ranges) {
  test(`${name} goes from ${min} to ${max}`, async t => {
    for (const value of [min, max]) t.equal(parseTransportOptions({ [name]: value })[name], value)
    for (const value of [min - 1, max + 1, String(min)]) {
      t.throws(() => parseTransportOptions({ [name]: value }), {
        code: 'ERR_ZMQ_PUB_OPTION',
        message: `ERR_ZMQ_PUB_OPTION: ${name} must be a whole number from ${min} to ${max}, got ${
          typeof value === 'string' ? `'${value}'` : value
        }`
      })
    }
  })
}

const refused: [name: string, given: unknown][] = [
  ['topic', 'x'.repeat(257)],
  ['topic', 'ä'.repeat(129)],
  ['address', 'localhost:5558'],
  ['address', []],
  ['bind', 'true'],
  ['topic', '\0zmq-pub/1'],
  ['topic', 5],
  ['wire', 'fast'],
  ['plainFormat', 'json'],
  ['plainLevels', { trace: '' }],
  ['plainLevels', ['TRACE']],
  ['spool', ''],
  ['spool', '{"dir": "x"'],
  ['spool', null],
  ['spool', {}],
  ['spool', { dir: '' }],
  ['spool', { dir: 'x', maxBytes: 2 ** 20 - 1 }],
  ['spool', { dir: 'x', max: 2 ** 20 }]
]

for (const [name, given] of refused) {
  test(`${name} can't be ${JSON.stringify(given)}`, async t => {
    t.throws(() => parseTransportOptions({ [name]: given }), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: new RegExp(`^ERR_ZMQ_PUB_OPTION: ${name} must be `)
    })
  })
}

test('an unknown option is answered with the one that was meant', async t => {
  t.throws(() => parseTransportOptions({ adress: 'tcp://a:1' }), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message:
      /unknown option 'adress' \(did you mean 'address'\?\); known options: address, mode, bind, curve, insecure, topic,/
  })
})

test('an option is named as the user knows it', async t => {
  t.throws(() => parseTransportOptions({ batchMs: -1 }, name => `the flag for ${name}`), {
    message: /^ERR_ZMQ_PUB_OPTION: the flag for batchMs must be a whole number/
  })
})
