import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'
import { findJournalPath, toJournalPath } from '../../../lib/collector/journal/journal-path.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { LogLocks } from '../../../lib/collector/journal/log-locks.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { LiveOutputs } from '../../../lib/collector/output/live-outputs.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { failOnce } from '../../helpers/file-system.ts'
import { start } from '../../helpers/journal.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { killAtEachStep } from '../../helpers/snapshots.ts'
import { latch } from '../../helpers/wait.ts'

/** The numbers of the records in a file; none if there is no file. */
function readNumbers(path: string): number[] {
  if (!existsSync(path)) return []
  return [...readFileSync(path, 'utf8').matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
}

/** Live outputs with the journal of the log `a/a.log`. Paths are below a folder of the test's. */
async function makeOutputs(t: Test) {
  const dir = `${t.testdir({ live: { a: {} } })}/live`
  const journal = Journal.open(toJournalPath(`${dir}/a/a.log`), () => start)
  t.teardown(() => journal.close())
  const toOptions = (files: string[], timezone = 'utc') => {
    const outputs: CollectorOptions['outputs'] = files.map(file => ({ file: `${dir}/${file}` }))
    return parseCollectorOptions({ rotate: 'never', timezone, outputs })
  }
  const trouble = latch()
  const outputs = new LiveOutputs(toOptions(['a/a.log']), {
    locks: new LogLocks(),
    journal,
    now: () => start,
    listener: {
      onWriting: () => undefined,
      onDelete: () => undefined,
      onDropped: () => undefined,
      onFailed: (_records, error) => t.fail(error.message),
      onHousekeepingTrouble: (_action, _path, error) => t.fail(error.message),
      onWriteTrouble: () => trouble.open(),
      onWriteRecovery: () => undefined,
      onUnsynced: (_path, error) => t.fail(error),
      onExhausted: () => t.fail('there are descriptors'),
      onOpenFilesLowered: () => t.fail('there are descriptors')
    }
  })
  t.teardown(async () => {
    await outputs.abandon()
    outputs.release()
  })
  await outputs.start()
  const commits = new CommitTracker()
  let first = 1
  /** Appends a record. @returns resolves when it is committed */
  const append = (): Promise<void> => {
    const { promise, open } = latch()
    const records = Buffer.from(`{"level":30,"n":${first}}\n`)
    const commit = commits.begin('sender-1', open)
    const batch = { senderId: 'sender-1', hello: createHello(), records, first, last: first }
    outputs.append({ ...batch, isNotice: false, commit })
    commit.done()
    outputs.flush()
    first++
    return promise
  }
  const read = (name: string): number[] => readNumbers(`${dir}/${name}`)
  return { dir, outputs, journal, toOptions, append, read, trouble: trouble.promise }
}

test('records go to the outputs in use, and the journal moves with them', async t => {
  const { dir, outputs, journal, toOptions, append, read } = await makeOutputs(t)
  await append()
  outputs.replace(toOptions(['b/b.log'], 'Asia/Tokyo'))
  await append()
  t.strictSame([read('a/a.log'), read('b/b.log')], [[1], [2]])
  t.equal(outputs.zone.toAsctime(start), '2026-11-23 23:00:00,000')
  await outputs.close(0)
  t.equal(journal.path, toJournalPath(`${dir}/b/b.log`))
  t.notOk(existsSync(toJournalPath(`${dir}/a/a.log`)))
})

test('outputs that can not write are refused, and those of before stay', async t => {
  const { dir, outputs, toOptions, append, read } = await makeOutputs(t)
  mkdirSync(`${dir}/folder.log`)
  for (const file of ['folder.log', 'a/a.log/x.log']) {
    t.throws(() => outputs.replace(toOptions([file])), { code: 'ERR_ZMQ_PUB_FILE' })
  }
  await append()
  t.strictSame([read('a/a.log'), outputs.paths], [[1], [`${dir}/a/a.log`]])
})

test('a reload whose journal can not be moved is refused, and nothing is locked for it', async t => {
  const { dir, outputs, journal, toOptions, append, read } = await makeOutputs(t)
  failOnce(t, 'renameSync', 'EACCES', '.b.log.journal.new')
  const reload = (): void => outputs.replace(toOptions(['b/b.log']))
  t.throws(reload, { code: 'ERR_ZMQ_PUB_FILE', message: /b\/\.b\.log\.journal: EACCES/ })
  await append()
  t.strictSame([journal.path, read('a/a.log')], [toJournalPath(`${dir}/a/a.log`), [1]])
  t.strictSame(readdirSync(`${dir}/b`), [])
  reload()
  await append()
  t.strictSame(read('b/b.log'), [2])
})

test('a log is opened only when the former output has written it', async t => {
  const endPause = holdPauses(t)
  const { dir, outputs, toOptions, append, read, trouble } = await makeOutputs(t)
  outputs.replace(toOptions(['{level}/b.log']))
  mkdirSync(`${dir}/info/b.log`, { recursive: true })
  const first = append()
  await trouble
  outputs.replace(toOptions(['{level}/b.log'], 'Asia/Tokyo'))
  const second = append()
  const bytes = outputs.pendingBytes
  t.equal(outputs.requiredBytes, bytes)
  rmdirSync(`${dir}/info/b.log`)
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  t.equal(outputs.pendingBytes, bytes, 'the second waits, although it could write')
  endPause()
  await Promise.all([first, second])
  t.strictSame(read('info/b.log'), [1, 2])
  t.equal(outputs.pendingBytes, 0)
})

test('a kill at any step of a reload to another folder leaves a journal that knows what is in the files', async t => {
  const { dir, outputs, journal, toOptions, append, read } = await makeOutputs(t)
  await append()
  let isReplaced = false
  let acknowledged = 1
  const acknowledge = (seq: number): void => {
    journal.markFiled([{ senderId: 'sender-1', seq }], true)
    acknowledged = seq
  }
  const act = async (): Promise<void> => {
    const former = append()
    outputs.replace(toOptions(['b/b.log']))
    isReplaced = true
    await Promise.all([former, append()])
    acknowledge(3)
    await append()
    acknowledge(4)
    await outputs.close(0)
  }
  const kills = await killAtEachStep(t, dir, act, () => ({ isReplaced, acknowledged }))
  t.strictSame(
    [read('a/a.log'), read('b/b.log')],
    [
      [1, 2],
      [3, 4]
    ]
  )
  t.ok(kills.length >= 20, `${kills.length} steps`)
  for (const { folder, step, note } of kills) {
    const path = findJournalPath([{ file: `${folder}/b/b.log`, required: true }])
    if (!note.isReplaced && !existsSync(path)) continue
    t.ok(existsSync(path), step)
    const next = Journal.open(path, () => start)
    next.close()
    const filed = next.senders.positions.get('sender-1')?.expected ?? 1
    const ahead = next.senders.recoveredAhead.get('sender-1')?.values() ?? []
    const [inFormer, inNew] = ['a/a.log', 'b/b.log'].map(name => readNumbers(`${folder}/${name}`))
    const known = [range(1, Math.min(filed, 3)), range(3, Math.max(filed, ...ahead))]
    t.strictSame([inFormer, inNew], known, step)
    t.ok(filed > note.acknowledged, step)
  }
})

/** Whole numbers. @param end exclusive */
function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index)
}
