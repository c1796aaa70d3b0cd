import { test } from 'tap'
import { createKeyPair, toFingerprint } from '../../../lib/curve/keys.ts'
import { explain } from '../../../lib/transport/connection/explanation.ts'
import type { Finding } from '../../../lib/transport/connection/probe.ts'
import { parseTransportOptions } from '../../../lib/transport/options.ts'

const own = createKeyPair()
const server = createKeyPair()
const curve = {
  serverKey: server.publicKey,
  publicKey: own.publicKey,
  secretKey: own.secretKey.reveal()
}
const plain = parseTransportOptions({ address: 'tcp://logs:1' })
const secure = parseTransportOptions({ address: 'tcp://logs:1', curve })

const cases: [finding: Finding, hasKeys: boolean, isKeyRefused: boolean, why: string | RegExp][] = [
  [{ kind: 'absent', code: 'ECONNREFUSED' }, true, false, 'nothing listens at tcp://logs:1'],
  [{ kind: 'absent', code: 'ENOTFOUND' }, false, false, 'the host is unknown: tcp://logs:1'],
  [{ kind: 'absent', code: 'EHOSTUNREACH' }, false, false, 'EHOSTUNREACH: tcp://logs:1'],
  [{ kind: 'absent', code: '' }, false, false, 'no connection: tcp://logs:1'],
  [{ kind: 'silent' }, true, false, /accepts connections, but nothing answers/],
  [{ kind: 'foreign', isHttp: false }, true, false, /doesn't speak ZeroMQ's protocol/],
  [{ kind: 'foreign', isHttp: true }, true, false, /is an HTTP server, not a collector/],
  [{ kind: 'plain' }, false, false, /answers, but no collector there has subscribed/],
  [{ kind: 'otherMechanism', mechanism: 'NULL' }, true, true, /isn't encrypted: start the coll/],
  [{ kind: 'otherMechanism', mechanism: 'CURVE' }, false, true, /takes only encrypted connections/],
  [{ kind: 'otherMechanism', mechanism: 'PLAIN' }, true, true, /another security mech.* \(PLAIN\)/],
  [{ kind: 'otherMechanism', mechanism: '' }, false, true, /another security mech.* \(unknown\)/],
  [{ kind: 'otherServerKey' }, true, true, new RegExp(toFingerprint(server.publicKey))],
  [{ kind: 'knownServerKey' }, true, true, new RegExp(toFingerprint(own.publicKey))]
]

for (const [finding, hasKeys, isKeyRefused, why] of cases) {
  test(`${JSON.stringify(finding)}, ${hasKeys ? 'with' : 'without'} keys, is explained`, async t => {
    t.match(explain([finding], hasKeys ? secure : plain, false), { isKeyRefused, why })
  })
}

const advices: [finding: Finding, advice: RegExp | ''][] = [
  [{ kind: 'absent', code: 'ECONNREFUSED' }, /zmq-pub-collector --bind 'tcp:\/\/\*:1'/],
  [{ kind: 'absent', code: 'ENOTFOUND' }, /DNS/],
  [{ kind: 'absent', code: 'ETIMEDOUT' }, /firewall/],
  [{ kind: 'foreign', isHttp: true }, /its port must be the collector's/],
  [{ kind: 'plain' }, /its own log/],
  [{ kind: 'knownServerKey' }, '']
]

for (const [finding, advice] of advices) {
  test(`what to check for ${JSON.stringify(finding)} is said`, async t => {
    t.match(explain([finding], secure, false).advice, advice)
  })
}

const keys = 'with --curve-secret-key and --authorized-keys'
const commands: [address: string, hasKeys: boolean, command: string][] = [
  ['tcp://127.0.0.1:5558', false, 'npx zmq-pub-collector'],
  ['tcp://localhost:5558', false, 'npx zmq-pub-collector'],
  ['tcp://localhost:7', false, "npx zmq-pub-collector --bind 'tcp://127.0.0.1:7'"],
  ['tcp://[::1]:7', false, "npx zmq-pub-collector --bind 'tcp://[::1]:7'"],
  ['ipc:///run/logs', false, "npx zmq-pub-collector --bind 'ipc:///run/logs'"],
  ['tcp://127.0.0.1:5558', true, `npx zmq-pub-collector, ${keys}`],
  ['tcp://logs:7', true, `npx zmq-pub-collector --bind 'tcp://*:7', ${keys}`],
  [
    'tcp://logs:5558',
    false,
    `npx zmq-pub-collector --bind 'tcp://*:5558', ${keys}, or with --insecure in a network that you trust`
  ]
]

for (const [address, hasKeys, command] of commands) {
  test(`the command advised for ${address} ${hasKeys ? 'with' : 'without'} keys works as it is`, async t => {
    const options = parseTransportOptions({ address, ...(hasKeys && { curve }) })
    const { advice } = explain([{ kind: 'absent', code: 'ECONNREFUSED' }], options, false)
    t.equal(advice, `check the address, and that the collector runs there (${command})`)
  })
}

const origins: [addressFrom: 'option' | 'environment' | 'default', advice: RegExp][] = [
  ['option', /^check the address, and that/],
  ['environment', /^check the address in ZMQ_PUB_ADDRESS, and that/],
  [
    'default',
    /^neither the option address \(inside options: \{ … \} of pino\.transport\) nor ZMQ_PUB_ADDRESS is set, .*: set one, or check the address/
  ]
]

for (const [addressFrom, advice] of origins) {
  test(`an address that is from: ${addressFrom} is to be corrected there`, async t => {
    const findings: Finding[] = [{ kind: 'absent', code: 'ECONNREFUSED' }]
    t.match(explain(findings, { ...plain, addressFrom }, false).advice, advice)
  })
}

test('who was let in before is not said to be refused', async t => {
  const { isKeyRefused, why } = explain([{ kind: 'knownServerKey' }], secure, true)
  t.notOk(isKeyRefused)
  t.match(why, /no collector there has subscribed or acknowledged/)
})

test('several addresses are explained one after another; one refusal is enough', async t => {
  const options = parseTransportOptions({ address: ['tcp://a:1', 'tcp://b:1'], curve })
  const findings: Finding[] = [{ kind: 'absent', code: 'ECONNREFUSED' }, { kind: 'otherServerKey' }]
  const { isKeyRefused, why } = explain(findings, options, false)
  t.ok(isKeyRefused)
  t.match(why, /^nothing listens at tcp:\/\/a:1; tcp:\/\/b:1 answers, but has another key/)
})
