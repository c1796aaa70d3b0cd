import { existsSync, readFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import { DecoderPool } from '../../../lib/collector/format/decoder-pool.ts'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'
import {
  logDefaults,
  resolveOutput,
  type OutputOptions
} from '../../../lib/collector/options/output-options.ts'
import { DescriptorBudget } from '../../../lib/collector/output/descriptor-budget.ts'
import { Output } from '../../../lib/collector/output/output.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { openJournal, start } from '../../helpers/journal.ts'
import { latch } from '../../helpers/wait.ts'

const zone = new TimeZone('utc')

/** An output below a folder of the test's, and what it reports. */
function makeOutput(t: Test, { file = 'all.log', ...options }: OutputOptions, tree = {}) {
  const dir = t.testdir(tree)
  const journal = openJournal(dir)
  t.teardown(() => journal.close())
  const given = { rotate: 'never', ...options, file: `${dir}/${file}` }
  const reports: string[] = []
  const toName = (path: string): string => path.slice(dir.length + 1)
  const output = new Output(
    resolveOutput(given, logDefaults, name => name),
    {
      zone,
      now: () => start,
      journal,
      descriptors: new DescriptorBudget({ limit: undefined, onExhausted: () => undefined }),
      decoders: new DecoderPool({ threads: 0, onDeath: error => t.fail(error) }),
      fsync: false,
      isOnlyOutput: true,
      former: () => [],
      whenFormerClosed: () => Promise.resolve()
    },
    {
      onWriting: path => reports.push(`writing ${toName(path)}`),
      onDelete: path => reports.push(`deleted ${toName(path)}`),
      onDropped: records => reports.push(`${records} dropped`),
      onFailed: (_records, error) => t.fail(error.message),
      onHousekeepingTrouble: (_action, _path, error) => t.fail(error.message),
      onWriteTrouble: path => reports.push(`trouble with ${toName(path)}`),
      onWriteRecovery: path => reports.push(`${toName(path)} again`),
      onUnsynced: (_path, error) => t.fail(error),
      onExhausted: () => t.fail('there are descriptors'),
      onOpenFilesLowered: () => t.fail('there are descriptors')
    }
  )
  t.teardown(() => output.abandon())
  const commits = new CommitTracker()
  let first = 1
  /** Appends records. @returns resolves when they are committed */
  const append = (...lines: string[]): Promise<void> => {
    const { promise, open } = latch()
    const last = first + lines.length - 1
    const records = Buffer.from(lines.map(line => `${line}\n`).join(''))
    const commit = commits.begin('sender-1', open)
    output.append({
      senderId: 'sender-1',
      hello: createHello(),
      records,
      first,
      last,
      isNotice: false,
      commit
    })
    commit.done()
    output.flush()
    first = last + 1
    return promise
  }
  const appendPlain = (topic: string, text: string): boolean =>
    output.appendPlain(new PlainMessage(recallTopic(topic), Buffer.from(text), zone, start))
  const read = (name = 'all.log'): string => readFileSync(`${dir}/${name}`, 'utf8')
  return { dir, output, reports, append, appendPlain, read }
}

const info = '{"level":30,"msg":"a"}'
const error = '{"level":50,"msg":"b"}'

test('records are written as they are, or as text', async t => {
  const ndjson = makeOutput(t, {})
  await ndjson.append(info, error)
  t.equal(ndjson.read(), `${info}\n${error}\n`)
  const text = makeOutput(t, { format: 'text' })
  await text.append(info)
  t.equal(text.read(), '2026-11-23 14:00:00,000 | INFO | a\n')
})

test('text is made with the keys of the options, where the sender says nothing', async t => {
  const { append, read } = makeOutput(t, {
    format: 'text',
    levelKey: 'lvl',
    messageKey: 'event',
    timeKey: 'ts'
  })
  await append('{"lvl":"err","event":"a","ts":"1970-01-01T00:00:00Z","level":30,"time":9}')
  t.equal(read('all.log'), '1970-01-01 00:00:00,000 | ERROR | a level=30 time=9\n')
})

test('an only log is opened at the start, and others when a record comes', async t => {
  const only = makeOutput(t, {})
  await only.output.start()
  t.strictSame([only.reports, only.output.isSingle], [['writing all.log'], true])
  const several = makeOutput(t, { file: '{level}.log' })
  await several.output.start()
  t.strictSame([several.reports, several.output.isSingle], [[], false])
  await several.append(error)
  t.strictSame(several.reports, ['writing error.log'])
})

test('a file of several that is closed and opened again is reported once', async t => {
  const { append, reports } = makeOutput(t, { file: '{level}.log', maxOpenFiles: 1 })
  for (const record of [info, error, info, error]) await append(record)
  t.strictSame(reports, ['writing info.log', 'writing error.log'])
})

test('where a folder can not be made, only a required output refuses to start', async t => {
  const tree = { file: 'in the way' }
  const required = makeOutput(t, { file: 'file/x/{level}.log' }, tree)
  await t.rejects(required.output.start(), { code: 'ERR_ZMQ_PUB_FILE' })
  const optional = makeOutput(t, { file: 'file/x/{level}.log', required: false }, tree)
  await optional.output.start()
  t.strictSame(optional.reports, ['trouble with file/x/'])
})

test('plain messages are filtered, buffered, and written by a flush', async t => {
  const { dir, output, appendPlain, read } = makeOutput(t, {
    file: '{level}.log',
    level: 'warn',
    format: 'text'
  })
  t.ok(appendPlain('INFO', 'no'), 'it is not dropped')
  const entry = '2026-11-23 14:00:00,000 | ERROR | db | yes\n'
  t.ok(appendPlain('ERROR.db', 'yes'))
  t.equal(output.pendingBytes, 0)
  output.flush()
  t.equal(output.pendingBytes, entry.length)
  await output.close()
  t.equal(read('error.log'), entry)
  t.notOk(existsSync(`${dir}/info.log`))
})

test('a plain message stands before the records that come after it', async t => {
  const { append, appendPlain, read } = makeOutput(t, {})
  appendPlain('INFO', 'before')
  await append(info)
  t.match(read(), /"msg":"before"\}\n.+\n$/)
})

test('what is buffered is written when the output is closed', async t => {
  const { output, appendPlain, read } = makeOutput(t, {})
  appendPlain('INFO', 'a')
  await output.close()
  t.match(read(), /"msg":"a"\}\n$/)
})

test('what an output abandons is committed, and reported as dropped', async t => {
  const { output, append, reports } = makeOutput(t, { file: 'in/the/way.log' }, { in: 'file' })
  const committed = append(info, error)
  await output.abandonAndCount()
  await committed
  t.ok(reports.includes('2 dropped'), reports.join())
})
