import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'tap'
import { findNewest, LogIndexes } from '../../../lib/collector/naming/log-indexes.ts'
import { toPath } from '../../../lib/collector/naming/log-path.ts'

const day = '2026-11-23'

async function newestOf(indexes: LogIndexes, file: string, period = day) {
  return findNewest(await indexes.read(file, period), file, period)
}

const cases: [file: string, names: string[], newest: string | undefined, index: number][] = [
  ['{date}.log', [], undefined, 0],
  ['{date}.log', ['2026-11-22.log', '2026-11-23.txt', '2026-11-23.0.log'], undefined, 0],
  ['{date}.log', ['2026-11-23.log', '2026-11-24.9.log'], '2026-11-23.log', 0],
  [
    '{date}.log',
    ['2026-11-23.log', '2026-11-23.9.log', '2026-11-23.10.log'],
    '2026-11-23.10.log',
    10
  ],
  ['{date}.log', ['2026-11-23.7.log.gz', '2026-11-23.7.log.gz.new'], '2026-11-23.7.log.gz', 7],
  ['{date}.log', ['2026-11-23.log.zst'], '2026-11-23.log.zst', 0],
  ['{date}.log', ['2026-11-23.log', '2026-11-23.log.gz'], '2026-11-23.log.gz', 0],
  [
    'a/{date}/x.log',
    ['a/2026-11-23/x.3.log', 'a/2026-11-23/y.5.log', 'a/x.9.log'],
    'a/2026-11-23/x.3.log',
    3
  ],
  ['all.log', ['all.2026-11-23.2.log', 'all.3.log'], 'all.2026-11-23.2.log', 2],
  ['no-extension', ['no-extension.2026-11-23.4', 'no-extension.4'], 'no-extension.2026-11-23.4', 4],
  ['.hidden', ['.hidden.2026-11-23.1'], '.hidden.2026-11-23.1', 1],
  ['{date}.log', ['2026-11-23.99999999999999999999.log'], undefined, 0]
]

for (const [file, names, newest, index] of cases) {
  test(`of ${names.join(', ') || 'no file'} ${newest ?? 'none'} is the last of ${file}`, async t => {
    const dir = t.testdir()
    for (const name of names) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), 'line\n')
    }
    const found = await newestOf(new LogIndexes(), join(dir, file))
    t.equal(found?.path, newest && join(dir, newest))
    t.equal(found?.index ?? 0, index)
    t.equal(found?.bytes ?? 5, 5)
    t.equal(found?.isCompressed ?? false, /\.(gz|zst)$/.test(newest ?? ''))
  })
}

/** A folder that is large enough to be remembered, with two files of a log among others. */
function makeLargeFolder(dir: string): string {
  for (let index = 0; index < 300; index++) writeFileSync(`${dir}/other-${index}.${day}.log`, '')
  for (const index of [3, 4]) writeFileSync(`${dir}/all.${day}.${index}.log`, '')
  return `${dir}/all.log`
}

test('a large folder is read once, and what is opened is noted', async t => {
  const dir = t.testdir()
  const file = makeLargeFolder(dir)
  const indexes = new LogIndexes()
  const readIndex = async (): Promise<number | undefined> => (await newestOf(indexes, file))?.index
  t.equal(await readIndex(), 4)
  writeFileSync(toPath(file, day, 9), '')
  t.equal(await readIndex(), 4, 'it is not read again')
  writeFileSync(toPath(file, day, 5), '')
  t.equal(await readIndex(), 5, 'but the next one is looked for')
  writeFileSync(toPath(file, day, 20), '')
  indexes.note(file, day, 20)
  t.equal(await readIndex(), 20)
  unlinkSync(toPath(file, day, 20))
  t.equal(await readIndex(), 9, 'a deleted one is not found')
  indexes.clear()
  unlinkSync(toPath(file, day, 9))
  t.equal(await readIndex(), 5)
})

test('a small folder is read each time', async t => {
  const dir = t.testdir({ [`all.${day}.3.log`]: '' })
  const indexes = new LogIndexes()
  const file = `${dir}/all.log`
  t.equal((await newestOf(indexes, file))?.index, 3)
  writeFileSync(toPath(file, day, 8), '')
  t.equal((await newestOf(indexes, file))?.index, 8)
})

test('the folder that was read first is forgotten first', async t => {
  const dir = t.testdir()
  const indexes = new LogIndexes()
  const files = Array.from({ length: 101 }, (_, index) => {
    mkdirSync(`${dir}/${index}`)
    return makeLargeFolder(`${dir}/${index}`)
  })
  for (const file of files) await indexes.read(file, day)
  for (const file of files) writeFileSync(toPath(file, day, 9), '')
  t.equal(basename((await newestOf(indexes, files[0] ?? ''))?.path ?? ''), `all.${day}.9.log`)
  t.equal(basename((await newestOf(indexes, files[100] ?? ''))?.path ?? ''), `all.${day}.4.log`)
})

test('a folder is read once for all who ask at the same time', async t => {
  const file = makeLargeFolder(t.testdir())
  const indexes = new LogIndexes()
  const [first, second] = await Promise.all([indexes.read(file, day), indexes.read(file, day)])
  t.equal(first, second)
})

test('a file in the place of a folder is an error', async t => {
  const dir = t.testdir({ a: 'no folder' })
  await t.rejects(new LogIndexes().read(`${dir}/a/{date}.log`, day), { code: 'ENOTDIR' })
})
