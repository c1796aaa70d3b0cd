import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { findStartProblems, findStartWarnings } from '../../lib/collector/start-check.ts'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreePort } from '../helpers/free-address.ts'
import { loopback } from '../helpers/loopback.ts'

function find(options: CollectorOptions): Promise<string[]> {
  return findStartProblems(parseCollectorOptions(options))
}

test('what a collector can use is no problem, and nothing is created', async t => {
  const folder = t.testdir()
  const options = {
    bind: `tcp://${loopback}:*`,
    publish: `tcp://${loopback}:*`,
    metrics: `${loopback}:0`,
    ui: `${loopback}:0`,
    file: join(folder, 'new', 'app.log')
  }
  t.strictSame(await find(options), [])
  t.strictSame(readdirSync(folder), [])
})

test('what a running collector holds is no problem', async t => {
  const metrics = `${loopback}:${await findFreePort(loopback)}`
  const ui = `${loopback}:${await findFreePort(loopback)}`
  const file = join(t.testdir(), 'app.log')
  const { address } = await startCollector(t, { outputs: [{ file }], metrics, ui })
  t.strictSame(await find({ bind: address, outputs: [{ file }], metrics, ui }), [])
})

test('all problems are found at once, each with its code and with what it is about', async t => {
  const folder = t.testdir({ 'a-file': '' })
  const problems = await find({
    file: join(folder, 'a-file', 'app.log'),
    curveSecretKey: join(folder, 'missing.key_secret'),
    authorizedKeys: join(folder, 'missing'),
    bind: 'tcp://203.0.113.1:5558',
    bindPlain: 'tcp://203.0.113.2:5558',
    publish: 'tcp://203.0.113.3:5559',
    metrics: '203.0.113.4:9464',
    ui: '203.0.113.5:8558',
    insecure: true
  })
  t.match(problems, [
    /^ERR_ZMQ_PUB_FILE: .*a-file/,
    /^ERR_ZMQ_PUB_KEY: .*missing\.key_secret/,
    /^ERR_ZMQ_PUB_KEY: .*missing/,
    /^ERR_ZMQ_PUB_ADDRESS: .*203\.0\.113\.1:5558/,
    /^ERR_ZMQ_PUB_ADDRESS: .*203\.0\.113\.2:5558/,
    /^ERR_ZMQ_PUB_ADDRESS: .*203\.0\.113\.3:5559/,
    /^ERR_ZMQ_PUB_ADDRESS: .*203\.0\.113\.4:9464/,
    /^ERR_ZMQ_PUB_ADDRESS: .*203\.0\.113\.5:8558/
  ])
  t.equal(problems.length, 8)
})

test('a gateway and a writer whose server does not answer have a problem', async t => {
  const servers = `nats://${loopback}:${await findFreePort(loopback)}`
  const file = join(t.testdir(), 'app.log')
  const bind = `tcp://${loopback}:*`
  for (const options of [
    { bind, outputs: [{ nats: { servers } }] },
    { from: { nats: { servers } }, file }
  ]) {
    const [problem, ...others] = await find(options)
    t.match(problem, `ERR_ZMQ_PUB_ENGINE: cannot connect to NATS at ${servers}: `)
    t.strictSame(others, [])
  }
})

/** A collector's own key, and an empty list of its clients. */
function makeKeys(t: Test): { curveSecretKey: string; authorizedKeys: string } {
  const folder = t.testdir({ clients: {} })
  const { secretPath } = writeKeyPair(folder, 'collector', createKeyPair())
  return { curveSecretKey: secretPath, authorizedKeys: join(folder, 'clients') }
}

function warn(options: CollectorOptions): string[] {
  return findStartWarnings(parseCollectorOptions(options))
}

test('keys with which no client can connect are a warning that says what to give', async t => {
  const { curveSecretKey, authorizedKeys } = makeKeys(t)
  t.match(warn({ curveSecretKey }), [
    /^no client can connect: .*--authorized-keys DIR.*--allow-any-client/
  ])
  t.strictSame(warn({ curveSecretKey, allowAnyClient: true }), [])
  t.match(warn({ curveSecretKey, authorizedKeys }), [
    /clients must contain a \*.key file.*got none/
  ])
  t.strictSame(warn({}), [])
})

test(
  'a secret key that others can read is a warning',
  { skip: process.platform === 'win32' && 'no permissions of files' },
  async t => {
    const { curveSecretKey } = makeKeys(t)
    chmodSync(curveSecretKey, 0o644)
    const [warning, ...others] = warn({ curveSecretKey, allowAnyClient: true })
    t.match(warning, curveSecretKey)
    t.strictSame(others, [])
  }
)
