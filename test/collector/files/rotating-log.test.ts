import { appendFileSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { appendLine, makeLog, noJournal, openLog } from '../../helpers/rotating-log.ts'
import { latch } from '../../helpers/wait.ts'
import { countSyncs, weakenSync } from '../../helpers/weak-disk.ts'

test('the file of the period is opened at once, and one that was there is kept', async t => {
  const { dir, opened, options, read } = makeLog(t, { '2026-11-23T14.log': 'before\n' })
  const log = await openLog(options)
  t.equal(log.path, `${dir}/2026-11-23T14.log`)
  t.strictSame(opened, ['2026-11-23T14.log'])
  await appendLine(log, 'one')
  await appendLine(log, 'two')
  t.strictSame(read(14), ['before', 'one', 'two'])
  await log.close()
  t.equal(log.path, undefined)
})

test('a new period has a new file, an earlier one its old file again', async t => {
  const { goTo, opened, options, read } = makeLog(t)
  const log = await openLog(options)
  for (const [hour, line] of [
    [14, 'a'],
    [15, 'b'],
    [15, 'c'],
    [14, 'd']
  ] as const) {
    goTo(hour)
    await appendLine(log, line)
  }
  await log.close()
  t.strictSame(read(14), ['a', 'd'])
  t.strictSame(read(15), ['b', 'c'])
  t.strictSame(opened, ['2026-11-23T14.log', '2026-11-23T15.log', '2026-11-23T14.log'])
})

test('a record goes to the period in which it came, in the order of coming', async t => {
  const { goTo, options, read } = makeLog(t)
  const log = await openLog(options)
  const written: string[] = []
  for (const [hour, line] of [
    [14, 'a'],
    [14, 'b'],
    [15, 'c'],
    [14, 'd'],
    [16, 'e']
  ] as const) {
    goTo(hour)
    log.append(Buffer.from(`${line}\n`), undefined, () => written.push(line))
  }
  t.strictSame(written, [])
  await log.close()
  t.strictSame(written, ['a', 'b', 'c', 'd', 'e'])
  t.strictSame([read(14), read(15), read(16)], [['a', 'b', 'd'], ['c'], ['e']])
})

test('when a record is called written it is in the file, and the old file has everything', async t => {
  const { goTo, options, read } = makeLog(t)
  const log = await openLog(options)
  const large = 'x'.repeat(700_000)
  const seen: [number, number][] = []
  for (const line of [large, large, 'end']) {
    log.append(Buffer.from(`${line}\n`), undefined, () => seen.push([14, read(14).length]))
  }
  goTo(15)
  log.append(Buffer.from('next\n'), undefined, () => seen.push([15, read(15).length]))
  await log.close()
  const [first, ...rest] = seen
  t.strictSame(first, [14, 1], 'more than 1 MiB is not written in one go')
  t.strictSame(rest, [
    [14, 3],
    [14, 3],
    [15, 1]
  ])
  t.strictSame(read(14), [large, large, 'end'])
})

test('nothing to write is called written in its turn', async t => {
  const { options, read } = makeLog(t)
  const log = await openLog(options)
  const { promise, open } = latch()
  log.append(Buffer.alloc(0), undefined, open)
  log.flush()
  await promise
  t.strictSame(read(14), [])
  await log.close()
})

test('a record that comes while another is called written is not forgotten', async t => {
  const { options, read } = makeLog(t)
  const log = await openLog(options)
  const inner = latch()
  log.append(Buffer.from('one\n'), undefined, () => void appendLine(log, 'two').then(inner.open))
  log.flush()
  await inner.promise
  await log.close()
  t.strictSame(read(14), ['one', 'two'])
})

test('a log is over when its period is, until a record goes to the next one', async t => {
  const { goTo, options } = makeLog(t)
  const log = await openLog(options)
  t.notOk(log.isPeriodOver)
  goTo(15)
  t.ok(log.isPeriodOver)
  await appendLine(log, 'one')
  t.notOk(log.isPeriodOver)
  await log.close()
})

test('each write is announced: where, how long, and whose pieces it has', async t => {
  const { dir, options, read } = makeLog(t, { '2026-11-23T14.log': 'before\n' })
  const announced: unknown[] = []
  const log = await openLog({
    ...options,
    journal: { ...noJournal, before: (...write) => announced.push([...write, read(14).length]) }
  })
  const one = { senderId: 'sender-1', last: 5 }
  const two = { senderId: 'sender-2', last: 9 }
  for (const source of [undefined, undefined, one, two, undefined]) {
    log.append(Buffer.from('a\n'), source)
  }
  await appendLine(log, 'b')
  await appendLine(log, 'c')
  const path = `${dir}/2026-11-23T14.log`
  t.strictSame(announced, [
    [path, 7, [{ length: 4 }, { length: 2, ...one }, { length: 2, ...two }, { length: 4 }], 1],
    [path, 19, [{ length: 2 }], 7]
  ])
  await log.close()
})

test('half a line that somebody has left in the file becomes a line of its own, announced as such', async t => {
  const { dir, options, read } = makeLog(t, { '2026-11-23T14.log': 'half' })
  const announced: unknown[] = []
  const log = await openLog({
    ...options,
    journal: { ...noJournal, before: (...write) => announced.push(write) }
  })
  t.strictSame(read(14), [], 'nothing is written where nothing comes')
  const one = { senderId: 'sender-1', last: 5 }
  log.append(Buffer.from('a\n'), one)
  await appendLine(log, 'b')
  const path = `${dir}/2026-11-23T14.log`
  t.strictSame(announced, [
    [path, 4, [{ length: 1 }]],
    [path, 5, [{ length: 2, ...one }, { length: 2 }]]
  ])
  appendFileSync(path, 'more')
  log.reopen()
  await appendLine(log, 'c')
  await log.close()
  t.strictSame(read(14), ['half', 'a', 'b', 'more', 'c'])
})

test('where the end of a foreign line is not synced, the record goes to the next file', async t => {
  const { dir, options } = makeLog(t, { '2026-11-23T14.log': 'half' })
  const log = await openLog({ ...options, fsync: true })
  weakenSync(t, ['EIO'])
  await appendLine(log, 'a')
  await log.close()
  t.equal(readFileSync(`${dir}/2026-11-23T14.log`, 'utf8'), 'half')
  t.equal(readFileSync(`${dir}/2026-11-23T14.1.log`, 'utf8'), 'a\n')
})

for (const [fsync, tries] of [
  [true, 1],
  [false, 0]
] as const) {
  test(`with fsync ${fsync} a record counts as written after ${tries} syncs`, async t => {
    const { options, read } = makeLog(t)
    const countFolderSyncs = countSyncs(t)
    const log = await openLog({ ...options, fsync })
    t.equal(countFolderSyncs(), tries, 'and so does the name of its file')
    const countTries = weakenSync(t, [])
    await appendLine(log, 'one')
    t.equal(countTries(), tries)
    t.strictSame(read(14), ['one'])
    await log.close()
  })
}
