/** Several outputs, and paths with placeholders: real collectors, which are killed. */
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { endTransport, startLogger } from '../helpers/logger.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** The lines of all logs below a folder, by path, without hidden files. */
function readTree(folder: string, dir = folder): Record<string, string[]> {
  if (!existsSync(dir)) return {}
  const entries = readdirSync(dir, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.')
  )
  const parts = entries.map(entry => {
    const path = join(dir, entry.name)
    if (entry.isSymbolicLink()) return {}
    if (entry.isDirectory()) return readTree(folder, path)
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    return { [relative(folder, path)]: lines.map(toMessage) }
  })
  return Object.assign({}, ...parts.toReversed()) as Record<string, string[]>
}

function toMessage(line: string): string {
  return line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line.slice(24)
}

const noon = (): number => Date.parse('2026-11-25T12:00:00Z')

test("a sender's values stand in the path, and stay in their folder", async t => {
  const folder = t.testdir()
  const { address } = await startCollector(
    t,
    { file: `${folder}/logs/{app}/{host}-{date}.log`, timezone: 'utc' },
    noon
  )
  for (const name of ['shop', '../../shop', '..']) {
    const { logger, stream } = await startLogger(t, { address }, { name, base: {} })
    logger.info(`from ${name}`)
    await endTransport(stream)
  }
  const host = Object.keys(readTree(folder))[0]?.replace(/^.*\/(.*)-2026-11-25\.log$/, '$1') ?? ''
  t.not(host, '')
  t.same(readTree(folder), {
    [`logs/shop/${host}-2026-11-25.log`]: ['from shop'],
    [`logs/____shop/${host}-2026-11-25.log`]: ['from ../../shop'],
    [`logs/_/${host}-2026-11-25.log`]: ['from ..']
  })
})

test('level and topic sort the records of one sender, each file in their order', async t => {
  const folder = t.testdir()
  const { address } = await startCollector(
    t,
    { file: `${folder}/{level}/{topic}.{date}.log`, timezone: 'utc' },
    noon
  )
  const { logger, stream } = await startLogger(t, { address })
  logger.info('1')
  logger.warn('db.query::2')
  logger.info({ topic: 'db/query' }, '3')
  logger.info('4')
  logger.fatal('5')
  logger.warn('db.query::6')
  await endTransport(stream)
  t.same(readTree(folder), {
    'info/none.2026-11-25.log': ['1', '4'],
    'info/db_query.2026-11-25.log': ['3'],
    'warn/db.query.2026-11-25.log': ['db.query::2', 'db.query::6'],
    'fatal/none.2026-11-25.log': ['5']
  })
})

test('plain messages are sorted by their topic', async t => {
  const folder = t.testdir()
  const { address } = await startCollector(
    t,
    { file: `${folder}/{app}/{host}/{level}/{topic}.log`, rotate: 'never' },
    noon
  )
  await publish(t, address, [
    ['INFO', 'one\n'],
    ['shop.web.WARNING.db', 'two\n'],
    ['shop.web.CRITICAL.db', 'three\n'],
    ['INFO', 'four\n']
  ])
  await waitFor(
    () => existsSync(`${folder}/unknown`) && Object.values(readTree(folder)).flat().length === 4,
    'four lines'
  )
  t.same(readTree(folder), {
    'unknown/unknown/info/none.log': ['one', 'four'],
    'shop.web/unknown/warn/db.log': ['two'],
    'shop.web/unknown/fatal/db.log': ['three']
  })
})

test('by event time a record goes to the period that it names, however late', async t => {
  const folder = t.testdir()
  const { address } = await startCollector(
    t,
    { file: `${folder}/{date}/{hour}.log`, timezone: 'utc', timeKey: 'time' },
    noon
  )
  const { logger, stream } = await startLogger(t, { address }, { timestamp: false })
  const times = ['2026-11-24T23:59:00Z', '2026-11-25T00:00:00Z', '2026-11-24T23:58:00Z']
  for (const time of [...times, undefined]) logger.info({ time: time && Date.parse(time) }, time)
  await endTransport(stream)
  t.same(readTree(folder), {
    '2026-11-24/23.log': [times[0], times[2]],
    '2026-11-25/00.log': [times[1]],
    '2026-11-25/12.log': [undefined]
  })
})

test('several outputs have their own filters, formats and files', async t => {
  const folder = t.testdir()
  const { address, collector } = await startCollector(
    t,
    {
      timezone: 'utc',
      outputs: [
        { file: `${folder}/all/{date}.log` },
        { file: `${folder}/errors.txt`, rotate: 'never', level: 'error', format: 'text' },
        { file: `${folder}/db/{date}.log`, topic: ['db', 'sql'] }
      ]
    },
    noon
  )
  const { logger, stream } = await startLogger(t, { address }, { base: null })
  logger.info('one')
  logger.error('two')
  logger.warn('db.query::three')
  logger.fatal({ topic: 'sql' }, 'four')
  await endTransport(stream)
  t.same(readTree(folder), {
    'all/2026-11-25.log': ['one', 'two', 'db.query::three', 'four'],
    'errors.txt': ['| ERROR | two', '| CRITICAL | sql | four'],
    'db/2026-11-25.log': ['db.query::three', 'four']
  })
  t.equal(collector.totals.records, 4)
})

test('a sender of which no output takes anything is acknowledged all the same', async t => {
  const folder = t.testdir()
  const { address } = await startCollector(t, {
    outputs: [{ file: `${folder}/errors.log`, level: 'error' }]
  })
  const { logger, stream } = await startLogger(t, { address })
  for (let line = 0; line < 1000; line++) logger.info({ line })
  await new Promise(resolve => stream.flush(resolve))
  t.pass('the flush came back')
})

test('a link that leads out of the base folder is refused, and others go on', async t => {
  const folder = t.testdir({ logs: {}, elsewhere: {} })
  symlinkSync(`${folder}/elsewhere`, `${folder}/logs/evil`)
  const { address, entries } = await startCollector(t, {
    file: `${folder}/logs/{app}/all.log`,
    rotate: 'never'
  })
  const evil = await startLogger(t, { address, closeTimeoutMs: 100 }, { name: 'evil' })
  evil.logger.info('evil')
  const good = await startLogger(t, { address }, { name: 'good' })
  good.logger.info('good')
  await new Promise(resolve => good.stream.flush(resolve))
  await waitFor(
    () => entries.some(({ msg }) => String(msg).startsWith('cannot write')),
    'the refusal'
  )
  t.match(
    entries.find(({ msg }) => String(msg).startsWith('cannot write')),
    { err: { message: /ELOOP: the link .*logs\/evil leads out of .*logs/ } }
  )
  t.strictSame(readdirSync(`${folder}/elsewhere`), [])
  t.same(readTree(folder)['logs/good/all.log'], ['good'])
})

test('a collector starts, acknowledges and stops without an output that is not required', async t => {
  const folder = t.testdir({ file: 'in the way' })
  const config = {
    rotate: 'never',
    outputs: [{ file: 'file/x/all.log', required: false }, { file: 'all/all.log' }]
  }
  writeFileSync(`${folder}/c.json`, JSON.stringify(config))
  const args = [`--config=${folder}/c.json`]
  const collector = await startCollectorProgram(t, args, { cwd: folder })
  const { logger, stream } = await startLogger(t, { address: collector.address })
  logger.info('one')
  await new Promise(resolve => stream.flush(resolve))
  t.same(readTree(`${folder}/all`), { 'all.log': ['one'] })
  t.match(await collector.waitForEntry('cannot write; trying again'), { path: 'file/x' })
  t.equal(await collector.stop(), 0, collector.stderr())
  t.match(collector.entries().at(-1), { msg: 'stopped', isWritten: true })
  t.match(collector.entries().at(-2), { totals: { droppedOptionalRecords: 1 } })
})
