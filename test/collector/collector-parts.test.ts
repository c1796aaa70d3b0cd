import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { closeParts, openParts } from '../../lib/collector/collector-parts.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { loopback } from '../helpers/loopback.ts'

const logger = pino({ level: 'silent' })

function open(options: CollectorOptions) {
  return openParts(parseCollectorOptions(options), logger, Date.now)
}

/** Opens the parts of a collector with a log in a folder of the test, and closes them at the end. */
async function openForTest(t: Test, options: CollectorOptions = {}) {
  const file = join(t.testdirName, 'app.log')
  const parts = await open({ bind: `tcp://${loopback}:*`, file, ...options })
  t.teardown(async () => {
    await closeParts(parts)
    parts.journal.close(true)
    parts.locks.keepOnly([])
  })
  return { file, parts }
}

test('the parts of a collector are open, and its log is locked', async t => {
  const { file, parts } = await openForTest(t)
  t.match(parts.entrance.addresses, [/^tcp:.*:\d+$/])
  t.ok(existsSync(parts.journal.path))
  t.equal(parts.source, undefined)
  await t.rejects(open({ bind: `tcp://${loopback}:*`, file }), /another collector/)
})

test('where the address is taken nothing is written, and the log can be locked again', async t => {
  const { parts: other } = await openForTest(t)
  const [taken = ''] = other.entrance.addresses
  const file = join(t.testdirName, 'second', 'app.log')
  await t.rejects(open({ bind: taken, file }), { code: 'ERR_ZMQ_PUB_ADDRESS' })
  t.notOk(existsSync(`${file}.journal`))
  const { parts } = await openForTest(t, { file })
  t.not(parts.journal.path, other.journal.path)
})

test('where the metrics cannot listen, the sockets are closed, too', async t => {
  const file = join(t.testdirName, 'app.log')
  const { parts: other } = await openForTest(t)
  const [address = ''] = other.entrance.addresses
  await closeParts(other)
  const metrics = `${loopback}:${new URL(address).port}`
  const { parts } = await openForTest(t, { file: `${file}.2`, metrics })
  await t.rejects(open({ bind: address, file: `${file}.3`, metrics }), {
    code: 'ERR_ZMQ_PUB_ADDRESS'
  })
  t.ok(parts)
})

test('a path that is a folder is refused before anything is locked', async t => {
  const file = join(t.testdir(), 'app.log')
  mkdirSync(file)
  await t.rejects(open({ bind: `tcp://${loopback}:*`, file }), { code: 'ERR_ZMQ_PUB_FILE' })
  t.notOk(existsSync(`${file}.lock`))
})
