import { test } from 'tap'
import { explainAnswer, explainFinding } from '../../lib/cli/check-result.ts'
import { createKeyPair, toFingerprint } from '../../lib/curve/keys.ts'
import type { Finding } from '../../lib/transport/connection/probe.ts'

const address = 'tcp://logs:5558'
const keyPair = createKeyPair()
const serverKey = createKeyPair().publicKey
const curve = { keyPair, serverKeys: [serverKey], warnings: [] }

const findings: [finding: Finding, hasKeys: boolean, text: RegExp][] = [
  [{ kind: 'absent', code: 'ECONNREFUSED' }, false, /nothing listens there; start the collector/],
  [{ kind: 'absent', code: 'EWHATEVER' }, false, /no connection \(EWHATEVER\)/],
  [{ kind: 'absent', code: '' }, false, /no connection \(unknown reason\)/],
  [{ kind: 'silent' }, false, /nothing answers; .*restart it, or check the address/],
  [{ kind: 'foreign', isHttp: false }, false, /another program answers, .*; check the address/],
  [{ kind: 'foreign', isHttp: true }, false, /an HTTP server answers, .*; check the address/],
  [{ kind: 'plain' }, false, /not a collector of zmq-pub; check the address/],
  [
    { kind: 'otherMechanism', mechanism: 'CURVE' },
    false,
    /only encrypted connections; give --curve-server-key-file and --curve-secret-key-file/
  ],
  [{ kind: 'otherMechanism', mechanism: 'NULL' }, true, /leave out --curve-server-key-file/],
  [{ kind: 'otherMechanism', mechanism: 'PLAIN' }, false, /mechanism \(PLAIN\) answers/],
  [{ kind: 'otherMechanism', mechanism: '' }, true, /mechanism \(unknown\) answers/],
  [
    { kind: 'otherServerKey' },
    true,
    new RegExp(`another key .*${toFingerprint(serverKey)}.* --curve-server-key-file`)
  ],
  [
    { kind: 'knownServerKey' },
    true,
    new RegExp(`refuses the key .*${toFingerprint(keyPair.publicKey)}.* --authorized-keys`)
  ]
]

for (const [finding, hasKeys, text] of findings) {
  test(`a check that finds ${JSON.stringify(finding)} says what to do`, async t => {
    const line = explainFinding(address, hasKeys ? curve : undefined, finding)
    t.match(line, text)
    t.ok(line.startsWith(`${address}: `))
    t.notMatch(line, '\n')
  })
}

const silence = {
  tookMs: 12,
  isAcknowledged: false,
  isCollector: true,
  otherVersion: undefined,
  streamId: undefined
}
const answers: [
  what: string,
  answer: Parameters<typeof explainAnswer>[2],
  isEncrypted: boolean,
  text: RegExp
][] = [
  ['an ack', { ...silence, isAcknowledged: true }, false, /answers \(not encrypted, 12 ms\)/],
  ['an ack by CURVE', { ...silence, isAcknowledged: true }, true, /answers \(encrypted, 12 ms\)/],
  [
    'an ack of a gateway',
    { ...silence, isAcknowledged: true, streamId: 'stream-a' },
    false,
    /the gateway of the stream 73747265616d2d61 answers \(not encrypted, 12 ms\)/
  ],
  ['no ack', silence, false, /acknowledged nothing within 12 ms; read its log/],
  [
    'another version',
    { ...silence, otherVersion: 3 },
    false,
    /wire version 3, this program 2; inst/
  ],
  [
    'a subscriber',
    { ...silence, isCollector: false },
    false,
    /is not a collector of zmq-pub; check/
  ]
]

for (const [what, answer, isEncrypted, text] of answers) {
  test(`a check that gets ${what} says so`, async t => {
    t.match(explainAnswer(address, isEncrypted, answer), text)
  })
}
