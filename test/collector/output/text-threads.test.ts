/** Outputs of text under a load that worker threads share; with a single core the main thread does it. */
import { existsSync, readFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'
import { toJournalPath } from '../../../lib/collector/journal/journal-path.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { LogLocks } from '../../../lib/collector/journal/log-locks.ts'
import { parseCollectorOptions } from '../../../lib/collector/options/collector-options.ts'
import { LiveOutputs } from '../../../lib/collector/output/live-outputs.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { start } from '../../helpers/journal.ts'
import { waitFor } from '../../helpers/wait.ts'

const senders = ['sender-1', 'sender-2', 'sender-3']
const recordsPerBatch = 1000
const batches = 40

async function makeOutputs(t: Test) {
  const file = `${t.testdir()}/all.log`
  const journal = Journal.open(toJournalPath(file), () => start)
  t.teardown(() => journal.close())
  const toOptions = (timezone: string) =>
    parseCollectorOptions({ rotate: 'never', timezone, outputs: [{ file, format: 'text' }] })
  const outputs = new LiveOutputs(toOptions('utc'), {
    locks: new LogLocks(),
    journal,
    now: () => start,
    listener: {
      onWriting: () => undefined,
      onDelete: () => undefined,
      onDropped: () => t.fail('nothing may be dropped'),
      onFailed: (_records, error) => t.fail(error.message),
      onHousekeepingTrouble: (_action, _path, error) => t.fail(error.message),
      onWriteTrouble: (_path, _bytes, error) => t.fail(error.message),
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
  const next = new Map<string, number>()
  let committed = 0
  /** Appends records that are numbered by sender, as a batch or as a notice about a gap. */
  const append = (senderId: string, count: number): void => {
    const first = next.get(senderId) ?? 1
    const last = first + count - 1
    next.set(senderId, last + 1)
    const lines = Array.from(
      { length: count },
      (_, index) => `{"level":30,"time":${start},"n":${first + index},"msg":"${senderId}"}\n`
    )
    const commit = commits.begin(senderId, () => (committed += count))
    const batch = { senderId, hello: createHello(), records: Buffer.from(lines.join('')) }
    outputs.append({ ...batch, first, last, isNotice: count === 1, commit })
    commit.done()
    outputs.flush()
  }
  const appendMuch = (): void => {
    for (let batch = 0; batch < batches; batch++)
      for (const senderId of senders) append(senderId, batch % 10 === 5 ? 1 : recordsPerBatch)
  }
  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  return { outputs, toOptions, appendMuch, read, next, committed: () => committed }
}

/** The numbers of a sender's records in a text. */
function readNumbers(text: string, senderId: string): number[] {
  return [...text.matchAll(new RegExp(`\\| ${senderId} n=(\\d+)\\n`, 'g'))].map(([, n]) =>
    Number(n)
  )
}

type Scene = Awaited<ReturnType<typeof makeOutputs>>

function checkAll(t: Test, { read, next, committed }: Scene): void {
  const text = read()
  let total = 0
  for (const senderId of senders) {
    const count = (next.get(senderId) ?? 1) - 1
    total += count
    const wanted = Array.from({ length: count }, (_, index) => index + 1)
    t.strictSame(
      readNumbers(text, senderId),
      wanted,
      `${senderId}: ${count} records in their order`
    )
  }
  t.equal(committed(), total)
  t.equal(text.split('\n').length - 1, total)
}

test('under load each record is written once, in the order of its sender, notices too', async t => {
  const scene = await makeOutputs(t)
  scene.appendMuch()
  await waitFor(() => scene.outputs.pendingBytes === 0, 'all writes')
  checkAll(t, scene)
})

test('outputs that are closed or replaced under load write all that they have accepted', async t => {
  const scene = await makeOutputs(t)
  scene.appendMuch()
  scene.outputs.replace(scene.toOptions('Asia/Tokyo'))
  scene.appendMuch()
  await scene.outputs.close(0)
  checkAll(t, scene)
  const asctimes = new Set(
    scene
      .read()
      .split('\n')
      .map(line => line.slice(0, 23))
  )
  t.strictSame([...asctimes], ['2026-11-23 14:00:00,000', '2026-11-23 23:00:00,000', ''])
})

test('outputs that are abandoned under load write nothing more, and commit nothing', async t => {
  const scene = await makeOutputs(t)
  scene.appendMuch()
  await scene.outputs.abandon()
  const before = [scene.read(), scene.committed()]
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame([scene.read(), scene.committed()], before)
})
