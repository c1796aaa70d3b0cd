import { test } from 'tap'
import { explainFinding } from '../../lib/cli/check-result.ts'
import { explainSilence } from '../../lib/cli/tail-silence.ts'
import { createKeyPair, toFingerprint } from '../../lib/curve/keys.ts'
import type { Finding } from '../../lib/transport/connection/probe.ts'

const address = 'tcp://logs:5559'
const keyPair = createKeyPair()
const curve = { keyPair, serverKeys: [createKeyPair().publicKey], warnings: [] }

const nothingThere = `${address}: nothing publishes there; start the collector with --publish ${address}, or give the address that it has (--connect)`

const findings: [finding: Finding, text: string][] = [
  [{ kind: 'absent', code: 'ECONNREFUSED' }, nothingThere],
  [{ kind: 'absent', code: 'ENOENT' }, nothingThere],
  [
    { kind: 'plain' },
    `${address}: a ZeroMQ program answers, but it does not publish; give the address of the collector's --publish`
  ],
  [
    { kind: 'knownServerKey' },
    `${address}: the collector does not publish there, or refuses the key of this tail (fingerprint ${toFingerprint(keyPair.publicKey)}); give the address of its --publish, and copy the .key file to its --authorized-keys`
  ]
]

for (const [finding, text] of findings) {
  test(`a tail that finds ${JSON.stringify(finding)} says what to do`, async t => {
    t.equal(explainSilence(address, curve, finding), text)
  })
}

const others: Finding[] = [
  { kind: 'absent', code: 'ETIMEDOUT' },
  { kind: 'absent', code: '' },
  { kind: 'silent' },
  { kind: 'foreign', isHttp: true },
  { kind: 'otherMechanism', mechanism: 'NULL' },
  { kind: 'otherServerKey' }
]

for (const finding of others) {
  test(`of ${JSON.stringify(finding)} a tail says what a check says`, async t => {
    t.equal(explainSilence(address, curve, finding), explainFinding(address, curve, finding))
  })
}

test('a tail without keys can be told the same', async t => {
  t.equal(explainSilence(address, undefined, { kind: 'absent', code: 'ENOENT' }), nothingThere)
  t.match(explainSilence(address, undefined, { kind: 'silent' }), /nothing answers/)
})
