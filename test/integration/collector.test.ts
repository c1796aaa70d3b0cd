import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const parse = (line: string): Record<string, unknown> => JSON.parse(line)

test('help and version are said on stdout', async t => {
  const help = startProgram(t, 'collector.js', { args: ['--help'] })
  t.equal((await help.exited).code, 0)
  t.match(help.stdout(), 'Usage: zmq-pub-collector')
  const version = startProgram(t, 'collector.js', { args: ['--version'] })
  t.equal((await version.exited).code, 0)
  t.match(version.stdout(), /^\d+\.\d+\.\d+\n$/)
})

test('wrong usage is one clear line and exit code 2', async t => {
  const { exited, stderr } = startProgram(t, 'collector.js', { args: ['--rotate', 'yearly'] })
  t.equal((await exited).code, 2)
  t.equal(
    stderr(),
    "zmq-pub-collector: ERR_ZMQ_PUB_OPTION: --rotate must be one of 'daily', 'hourly', 'weekly', 'monthly', 'never', got 'yearly'\n"
  )
})

test('a misspelt command is one clear line and exit code 2', async t => {
  const { exited, stderr } = startProgram(t, 'collector.js', { args: ['chek'] })
  t.equal((await exited).code, 2)
  t.equal(
    stderr(),
    "zmq-pub-collector: unknown command 'chek' (did you mean 'check'?); see --help\n"
  )
})

for (const [what, flags] of [
  ['key file', ['--curve-secret-key', 'missing.key_secret']],
  ['clients folder', ['--curve-secret-key', 'KEY', '--authorized-keys', 'missing']]
] as const) {
  test(`a ${what} that is missing ends the start with exit code 2, after which systemd does not try again`, async t => {
    const { secretPath } = writeKeyPair(t.testdir(), 'collector', createKeyPair())
    const args = flags.map(flag => (flag === 'KEY' ? secretPath : flag))
    const { exited, stderr } = startProgram(t, 'collector.js', {
      args: ['--bind', 'tcp://127.0.0.1:*', '--file', join(t.testdir(), 'a.log'), ...args]
    })
    t.equal((await exited).code, 2)
    t.match(stderr(), /"level":60.*ERR_ZMQ_PUB_KEY/)
  })
}

test('a port in use is one clear line and exit code 1', async t => {
  const { address } = await startCollector(t)
  const { exited, stderr } = startProgram(t, 'collector.js', { args: ['--bind', address] })
  t.equal((await exited).code, 1)
  const entries = stderr().split('\n').filter(Boolean).map(parse)
  const fatal = entries.filter(({ level }) => level === 60)
  t.equal(fatal.length, 1)
  t.match(
    String(fatal[0]?.['msg']),
    `ERR_ZMQ_PUB_ADDRESS: cannot use ${address}: the port is in use`
  )
})

test('a folder that cannot be made is one clear line and exit code 1', async t => {
  const folder = t.testdir({ file: 'in the way' })
  const { exited, stderr } = startProgram(t, 'collector.js', {
    args: ['--bind', 'tcp://127.0.0.1:*', '--file', join(folder, 'file', 'a.log')]
  })
  t.equal((await exited).code, 1)
  t.match(
    stderr(),
    /ERR_ZMQ_PUB_FILE: cannot write .*make it writable, or choose another path \(--file, or the file of an output\)/
  )
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} writes out what was received and exits with 0`, async t => {
    const folder = t.testdir()
    const collector = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
    const { logger, stream } = await startLogger(t, { address: collector.address })
    for (let line = 0; line < 10_000; line++) logger.info({ line })
    await new Promise(resolve => stream.flush(resolve))
    collector.child.kill(signal)
    t.equal((await collector.exited).code, 0)
    t.equal(readFolder(folder).split('\n').length - 1, 10_000)
    t.match(collector.entries().at(-1), { msg: 'stopped', isWritten: true })
  })
}

test('its own log names each sender that comes and goes', async t => {
  const folder = t.testdir()
  const collector = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const app = startProgram(t, 'test/fixtures/log-lines.js', {
    env: { ADDRESS: collector.address, NAME: 'shop' }
  })
  t.equal((await app.exited).code, 0)
  const who = { pid: app.child.pid, app: 'shop', host: String }
  t.match(await collector.waitForEntry('sender connected'), { sender: who, next: 1 })
  t.match(await collector.waitForEntry('sender gone'), {
    sender: who,
    next: 11,
    connectedMs: Number,
    records: 10,
    missingRecords: 0,
    saidBye: true
  })
})

test('the environment and a configuration file set options', async t => {
  const folder = t.testdir()
  const config = join(folder, 'config.json')
  writeFileSync(
    config,
    JSON.stringify({ bind: ['tcp://127.0.0.1:*'], file: join(folder, 'a.log') })
  )
  const { address, stop } = await startCollectorProgram(t, ['--connect', 'tcp://127.0.0.1:1'], {
    env: { ZMQ_PUB_COLLECTOR_CONFIG: config, ZMQ_PUB_COLLECTOR_ROTATE: 'never' }
  })
  t.match(address, /^tcp:\/\/127\.0\.0\.1:\d+$/)
  t.ok(existsSync(join(folder, 'a.log')))
  t.equal(await stop(), 0)
})

test('only topics with a given prefix are taken', async t => {
  const { address, waitForLines: wait, read } = await startCollector(t, { topic: ['shop', 'bill'] })
  const shop = await startLogger(t, { address, topic: 'shop.eu' })
  const other = await startLogger(t, { address, topic: 'other' })
  const bill = await startLogger(t, { address }, { name: 'billing' })
  other.logger.info('not taken')
  shop.logger.info('one')
  bill.logger.info('two')
  await wait(2)
  t.notMatch(read(), 'not taken')
})

test('a foreign publisher with sub-topics becomes records', async t => {
  const { address, waitForLines: wait } = await startCollector(t)
  await publish(t, address, [
    ['INFO', 'plain\n'],
    ['app.WARNING.db.query', 'slow ünïcode'],
    ['DEBUG', '', 'an extra frame']
  ])
  const records = (await wait(3)).map(parse)
  t.match(records[0], { level: 30, time: Number, msg: 'plain' })
  t.match(records[1], { level: 40, name: 'app', topic: 'db.query', msg: 'slow ünïcode' })
  t.match(records[2], { level: 20, msg: '' })
})

test('a foreign publisher becomes text as the Python recipe writes it', async t => {
  const { address, waitForLines: wait } = await startCollector(t, { format: 'text' })
  await publish(t, address, [['ERROR.db', 'broken\n']])
  t.match((await wait(1))[0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| ERROR \| db \| broken$/)
})

test('a message with a broken header is counted, and the next one is taken', async t => {
  const { address, collector, waitForLines: wait, entries } = await startCollector(t)
  const version1 = Buffer.concat([Buffer.from('\0zp\x01\x01', 'latin1'), Buffer.alloc(23)])
  await publish(t, address, [
    ['shop\0zmq-pub/2 hello secret-secret-secret-se', 'text'],
    ['bill', '{}', version1],
    ['INFO', 'fine']
  ])
  await wait(1)
  t.equal(collector.totals.badMessages, 2)
  const refusals = entries.filter(({ msg }) => String(msg).includes('ERR_ZMQ_PUB_FRAME'))
  t.match(refusals, [
    { topic: 'shop' },
    { topic: 'bill', msg: /must speak wire version 2, got version 1: the app keeps its records/ }
  ])
  t.notMatch(JSON.stringify(entries), 'secret', 'who reads the log can not speak for a sender')
})

test('a log that cannot be written for a while loses nothing', async t => {
  const clock = { now: Date.UTC(2026, 0, 1, 12) }
  const folder = t.testdir({ '2026-01-02.log': {} })
  const collector = await startCollector(
    t,
    { file: join(folder, '{date}.log'), timezone: 'utc' },
    () => clock.now
  )
  const { logger } = await startLogger(t, { address: collector.address })
  clock.now += 24 * 3_600_000 // the next file is a folder
  logger.info('held')
  await waitFor(
    () => collector.entries.find(({ msg }) => msg === 'cannot write; trying again'),
    'the trouble in the log'
  )
  clock.now += 24 * 3_600_000
  logger.info('after')
  rmdirSync(join(folder, '2026-01-02.log'))
  const lines = await waitForLines(() => readFolder(folder), 2)
  t.same(
    lines.map(line => parse(line)['msg']),
    ['held', 'after']
  )
  t.match(readFileSync(join(folder, '2026-01-02.log'), 'utf8'), 'held')
})

test('several signals bring one end, and it is a whole one', async t => {
  const dir = t.testdir()
  const collector = await startCollectorProgram(t, ['--file', `${dir}/{date}.log`])
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
    collector.child.kill(signal)
  }
  t.match(await collector.exited, { code: 0, signal: null })
  t.equal(collector.entries().filter(({ msg }) => msg === 'stopped').length, 1)
  t.notOk(
    readdirSync(dir).some(name => name.endsWith('.lock')),
    'the lock is gone'
  )
})

test('a folder is no log, and the message says what to do', async t => {
  const dir = t.testdir()
  const program = startProgram(t, 'collector.js', {
    args: ['--bind=tcp://127.0.0.1:*', `--file=${dir}`]
  })
  t.match(await program.exited, { code: 1 })
  t.match(program.stderr(), `ERR_ZMQ_PUB_FILE: ${dir} is a folder; name a file in it, such as`)
})
