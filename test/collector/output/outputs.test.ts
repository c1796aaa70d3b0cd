/** Outputs whose disk refuses: who waits for them, and who doesn't. */
import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { DecoderPool } from '../../../lib/collector/format/decoder-pool.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { DescriptorBudget } from '../../../lib/collector/output/descriptor-budget.ts'
import { Output, type OutputListener } from '../../../lib/collector/output/output.ts'
import {
  appendBatch,
  appendPlain,
  closeOutputs,
  countPending
} from '../../../lib/collector/output/outputs.ts'
import type { RecordBatch } from '../../../lib/collector/routing/record-batch.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { latch } from '../../helpers/wait.ts'

/** Outputs below a folder of the test's, to which one sender's batches are given. */
function makeOutputs(t: Test, outputs: NonNullable<CollectorOptions['outputs']>) {
  const dir = t.testdir()
  const journal = Journal.open(`${dir}/.journal`, Date.now)
  t.teardown(() => journal.close())
  const inDir = outputs.map(output => ({ ...output, file: `${dir}/${output.file}` }))
  const resolved = parseCollectorOptions({ rotate: 'never', outputs: inDir }).outputs
  const dropped: number[] = []
  const failed: number[] = []
  const trouble = latch()
  const settings = {
    zone: new TimeZone('utc'),
    now: Date.now,
    journal,
    descriptors: new DescriptorBudget({ limit: undefined, onExhausted: () => undefined }),
    decoders: new DecoderPool({ threads: 0, onDeath: error => t.fail(error) }),
    fsync: false,
    isOnlyOutput: resolved.length === 1,
    former: () => [],
    whenFormerClosed: () => Promise.resolve()
  }
  const listener: OutputListener = {
    onWriting: () => undefined,
    onDelete: () => undefined,
    onDropped: records => dropped.push(records),
    onFailed: records => failed.push(records),
    onHousekeepingTrouble: (_action, _path, error) => t.fail(error.message),
    onWriteTrouble: () => trouble.open(),
    onWriteRecovery: () => undefined,
    onUnsynced: (_path, error) => t.fail(error),
    onExhausted: () => t.fail('there are descriptors'),
    onOpenFilesLowered: () => t.fail('there are descriptors')
  }
  const list = resolved.map(output => new Output(output, settings, listener))
  const all = {
    append: (batch: RecordBatch): void => appendBatch(list, batch, listener),
    appendPlain: (message: PlainMessage): boolean => appendPlain(list, message, listener),
    flush: (): void => list.forEach(output => output.flush()),
    countPending: (): number => countPending(list, false),
    close: (optionalMs: number): Promise<void> => closeOutputs(list, optionalMs)
  }
  t.teardown(() => Promise.all(list.map(output => output.abandon())))
  const filing = new CommitTracker()
  const filed: number[] = []
  let first = 1
  /** Resolves when the batch is filed. */
  const append = (records: Buffer, count: number, known?: Partial<Hello>): Promise<void> => {
    const { promise, open } = latch()
    const last = first + count - 1
    const commit = filing.begin('sender-1', () => {
      filed.push(last)
      open()
    })
    const hello = { ...createHello(), ...known }
    all.append({ senderId: 'sender-1', hello, records, first, last, isNotice: false, commit })
    commit.done()
    all.flush()
    first += count
    return promise
  }
  return { dir, all, append, filed, failed, dropped, trouble: trouble.promise }
}

/** Waits for what other turns of the event loop bring; the clock of setTimeout stands in these tests. */
async function until(look: () => boolean): Promise<void> {
  while (!look()) await setImmediate()
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

const record = Buffer.from('{"level":30}\n')

test('a batch is filed when every required output has it, and no sooner', async t => {
  const endPause = holdPauses(t)
  const { dir, append, filed, trouble } = makeOutputs(t, [
    { file: 'a/a.log' },
    { file: 'b/b.log' },
    { file: 'c/c.log', level: 'warn' }
  ])
  mkdirSync(`${dir}/b/b.log`, { recursive: true })
  const filing = append(record, 1)
  await trouble
  await until(() => sizeOf(`${dir}/a/a.log`) === record.length)
  t.strictSame(filed, [])
  rmdirSync(`${dir}/b/b.log`)
  endPause()
  await filing
  t.equal(readFileSync(`${dir}/b/b.log`, 'utf8'), record.toString())
})

test('nobody waits for an output that is not required, and what it leaves out is counted', async t => {
  const endPause = holdPauses(t)
  const { dir, all, append, dropped, trouble } = makeOutputs(t, [
    { file: 'a/a.log', level: 70 },
    { file: 'b/b.log', required: false }
  ])
  mkdirSync(`${dir}/b/b.log`, { recursive: true })
  await append(record, 1)
  await trouble
  const mebi = Buffer.alloc(2 ** 20, '{"level":30}   \n')
  const count = 2 ** 20 / 16
  for (let batch = 0; batch < 66; batch++) await append(mebi, count)
  t.strictSame(dropped, [count, count])
  t.equal(all.countPending(), record.length + 64 * 2 ** 20)
  rmdirSync(`${dir}/b/b.log`)
  endPause()
  await all.close(60_000)
  t.equal(all.countPending(), 0)
  t.equal(readFileSync(`${dir}/b/b.log`).length, record.length + 64 * 2 ** 20)
})

test('plain messages are left out where their own output is full, and nowhere else', async t => {
  holdPauses(t)
  const { dir, all, append, dropped, trouble } = makeOutputs(t, [
    { file: 'a/a.log', level: 40 },
    { file: 'b/b.log', required: false }
  ])
  mkdirSync(`${dir}/b/b.log`, { recursive: true })
  await append(record, 1)
  await trouble
  for (let batch = 0; batch < 66; batch++) await append(Buffer.alloc(2 ** 20, record), 1)
  const before = dropped.length
  const message = new PlainMessage(
    recallTopic('ERROR'),
    Buffer.from('hello'),
    new TimeZone('utc'),
    0
  )
  t.ok(all.appendPlain(message))
  all.flush()
  t.strictSame(dropped.slice(before), [1])
  await until(() => sizeOf(`${dir}/a/a.log`) > 0)
  t.equal(readFileSync(`${dir}/a/a.log`, 'utf8'), message.toRecord())
})

for (const required of [false, true]) {
  test(`what ${required ? 'a required' : 'an optional'} output can not handle is counted, and ${required ? 'not' : 'still'} acknowledged`, async t => {
    const { dir, all, failed } = makeOutputs(t, [
      { file: 'b/b.log' },
      { file: '{app}/a.log', required }
    ])
    let isFiled = false
    const commit = new CommitTracker().begin('sender-1', () => (isFiled = true))
    let reads = 0
    const hello: Hello = Object.defineProperty(createHello(), 'app', {
      get() {
        if (++reads > 1) throw new Error('a bug') // in the second output
        return ''
      }
    })
    all.append({
      senderId: 'sender-1',
      hello,
      records: record,
      first: 1,
      last: 1,
      isNotice: false,
      commit
    })
    commit.done()
    await all.close(60_000)
    t.strictSame(failed, [1])
    t.equal(isFiled, !required)
    t.equal(readFileSync(`${dir}/b/b.log`, 'utf8'), record.toString())
  })
}

test('records that can not be read are written as they came, to each output once', async t => {
  const { dir, all, append, failed } = makeOutputs(t, [
    { file: 'a/{level}.log', level: 'warn' },
    { file: 'b/text.log', format: 'text' }
  ])
  const records = Buffer.from('{"level":35,"msg":"a"}\n{"level":50,"msg":"b\\n"}\nc\u001b\n')
  const levels = Object.defineProperty({}, 35, {
    get() {
      throw new Error('a bug')
    }
  })
  await append(records, 3, { levels })
  await all.close(60_000)
  t.strictSame(failed, [0])
  t.equal(readFileSync(`${dir}/a/info.log`, 'utf8'), records.toString())
  const entries = readFileSync(`${dir}/b/text.log`, 'utf8').split('\n')
  t.strictSame(
    entries.map(entry => entry.slice(entry.indexOf(' | ') + 3)),
    ['INFO | {"level":35,"msg":"a"}', String.raw`ERROR | b\n`, String.raw`INFO | c\u001b`, '']
  )
})

test('what a format can not write is written as it came, and acknowledged', async t => {
  const { dir, all, failed } = makeOutputs(t, [{ file: 'a.log', format: 'text' }])
  let isFiled = false
  const commit = new CommitTracker().begin('sender-1', () => (isFiled = true))
  const hello = Object.defineProperty(createHello(), 'messageKey', {
    get() {
      throw new Error('a bug')
    }
  })
  all.append({
    senderId: 'sender-1',
    hello,
    records: record,
    first: 1,
    last: 1,
    isNotice: false,
    commit
  })
  commit.done()
  const message = new PlainMessage(recallTopic('a'), Buffer.from('b\n'), new TimeZone('utc'), 7)
  message.toEntry = () => {
    throw new Error('a bug')
  }
  t.ok(all.appendPlain(message))
  await all.close(60_000)
  t.strictSame(failed, [0, 0])
  t.ok(isFiled)
  t.equal(readFileSync(`${dir}/a.log`, 'utf8'), record.toString() + message.toUnreadRecord())
})
