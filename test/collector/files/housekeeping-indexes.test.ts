/** Indexes of closed files, as a sweep makes and deletes them. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname } from 'node:path'
import tap, { test, type Test } from 'tap'
import { readIndex, toIndexPath } from '../../../lib/collector/blocks/block-index.ts'
import { Housekeeper, type HousekeeperOptions } from '../../../lib/collector/files/housekeeping.ts'
import { waitFor } from '../../helpers/wait.ts'

// The pauses of a sweep keep no process alive.
const alive = setInterval(() => undefined, 1000)
tap.teardown(() => clearInterval(alive))

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }
const now = Date.parse('2026-11-23T12:00:00Z')

function makeHousekeeper(t: Test, file: string, changed: Partial<HousekeeperOptions> = {}) {
  const troubles: string[] = []
  const housekeeper = new Housekeeper({
    ...settings,
    file,
    rotate: 'daily',
    keepFiles: 0,
    keepDays: 0,
    keepBytes: 0,
    compress: '',
    now: () => now,
    periodAt: timeMs => new Date(timeMs).toISOString().slice(0, 10),
    paths: () => [],
    filesInDoubt: () => new Set(),
    settle: () => undefined,
    isShared: () => false,
    onDelete: () => undefined,
    onTrouble: (action, path) => troubles.push(`${action} ${basename(path)}`),
    ...changed
  })
  t.teardown(() => housekeeper.close())
  return { housekeeper, troubles }
}

/** Writes a file of a day, last written an hour before that day's noon. @returns its path */
function writeDay(dir: string, day: string, text = '{"level":30,"time":9}\n'): string {
  const path = `${dir}/${day}.log`
  mkdirSync(dir, { recursive: true })
  writeFileSync(path, text)
  utimesSync(path, new Date(`${day}T11:00:00Z`), new Date(`${day}T11:00:00Z`))
  return path
}

function hasIndex(path: string): boolean {
  return readIndex(path, statSync(path), settings) !== undefined
}

test('closed files get an index, the newest first, and the one of today does not', async t => {
  const dir = t.testdir()
  const paths = ['20', '21', '22', '23'].map(day => writeDay(dir, `2026-11-${day}`))
  const { housekeeper, troubles } = makeHousekeeper(t, `${dir}/{date}.log`)
  await housekeeper.sweep()
  await waitFor(() => hasIndex(paths[0] as string), 'the index of the oldest file')
  const [first, second, third] = paths.map(path =>
    existsSync(toIndexPath(path)) ? statSync(toIndexPath(path)).ctimeMs : Number.NaN
  ) as [number, number, number]
  t.ok(first >= second && second >= third, 'newest first')
  t.notOk(existsSync(toIndexPath(paths[3] as string)), 'today')
  t.strictSame(troubles, [])
})

test('a file that was written again gets another index when it is no longer fresh', async t => {
  const dir = t.testdir()
  const path = writeDay(dir, '2026-11-20')
  const first = makeHousekeeper(t, `${dir}/{date}.log`).housekeeper
  await first.sweep()
  await waitFor(() => hasIndex(path), 'the first index')
  const { ctimeMs } = statSync(toIndexPath(path))
  await first.sweep()
  appendFileSync(path, '{"level":50,"time":1}\n')
  utimesSync(path, new Date(now - 1000), new Date(now - 1000))
  t.notOk(hasIndex(path))
  await first.sweep()
  await first.close()
  t.equal(statSync(toIndexPath(path)).ctimeMs, ctimeMs, 'neither without a change, nor at once')
  const later = makeHousekeeper(t, `${dir}/{date}.log`, { now: () => now + 70_000 }).housekeeper
  await later.sweep()
  await waitFor(() => hasIndex(path), 'the second index')
})

test('a file that is open gets none', async t => {
  const dir = t.testdir()
  const [open, closed] = ['20', '19'].map(day => writeDay(dir, `2026-11-${day}`)) as [
    string,
    string
  ]
  const { housekeeper } = makeHousekeeper(t, `${dir}/{date}.log`, { paths: () => [open] })
  await housekeeper.sweep()
  await waitFor(() => hasIndex(closed), 'the index of the other file')
  t.notOk(existsSync(toIndexPath(open)))
})

test('while others may index the same files it indexes none', async t => {
  const dir = t.testdir()
  writeDay(dir, '2026-11-20')
  const { housekeeper } = makeHousekeeper(t, `${dir}/{date}.log`, { isShared: () => true })
  await housekeeper.sweep()
  await housekeeper.close()
  t.strictSame(readdirSync(dir), ['2026-11-20.log'])
})

test('an index that can not be written is reported, and not tried again at once', async t => {
  const dir = t.testdir()
  const path = writeDay(dir, '2026-11-20')
  mkdirSync(`${toIndexPath(path)}.new/full`, { recursive: true })
  const { housekeeper, troubles } = makeHousekeeper(t, `${dir}/{date}.log`)
  await housekeeper.sweep()
  await waitFor(() => troubles.length > 0, 'the trouble')
  rmSync(`${toIndexPath(path)}.new`, { recursive: true })
  await housekeeper.sweep()
  await housekeeper.close()
  t.strictSame(troubles, ['index 2026-11-20.log'])
  t.strictSame(readdirSync(dir), ['2026-11-20.log'])
})

test('what is deleted takes its index along, and what a kill has left half done', async t => {
  const dir = t.testdir()
  for (const day of ['20', '21', '22', '23']) writeDay(`${dir}/${day}`, `2026-11-${day}`)
  const others = ['.2026-11-20.log.index', '.2026-11-20.log.index.new', '2026-11-20.log.gz.new']
  for (const name of others) writeFileSync(`${dir}/20/${name}`, 'x')
  writeFileSync(`${dir}/21/notes`, 'x')
  const { housekeeper } = makeHousekeeper(t, `${dir}/{app}/{date}.log`, { keepDays: 2 })
  await housekeeper.sweep()
  await housekeeper.close()
  t.strictSame(readdirSync(dir), ['21', '22', '23'], 'an empty folder goes')
  t.strictSame(readdirSync(`${dir}/21`), ['notes'])
})

test('the index of a file that others have deleted is deleted, and others are left alone', async t => {
  const dir = t.testdir()
  const kept = ['.2026-11-20.log.journal', '.other.log.index', '.index', '2026-11-20.index']
  const orphans = ['.2026-11-19.log.index', '.2026-11-20.log.gz.index', '.2026-11-18.log.index.new']
  mkdirSync(`${dir}/a`)
  mkdirSync(`${dir}/b`)
  for (const name of [...kept, ...orphans]) writeFileSync(`${dir}/a/${name}`, 'x')
  writeFileSync(`${dir}/b/${orphans[0]}`, 'x')
  writeDay(`${dir}/a`, '2026-11-17')
  const { housekeeper } = makeHousekeeper(t, `${dir}/{app}/{date}.log`)
  await housekeeper.sweep()
  await waitFor(() => hasIndex(`${dir}/a/2026-11-17.log`), 'the index of the file that is there')
  const left = ['.2026-11-17.log.index', '2026-11-17.log', ...kept]
  t.strictSame(readdirSync(`${dir}/a`), left.toSorted())
  t.strictSame(readdirSync(dir), ['a'], 'a folder with nothing else is deleted, too')
})

test('indexes do not count as files, nor their bytes', async t => {
  const dir = t.testdir()
  const paths = ['20', '21', '22'].map(day => writeDay(dir, `2026-11-${day}`))
  for (const path of paths) {
    writeFileSync(toIndexPath(path), 'x'.repeat(1000))
    const { mtime } = statSync(path)
    utimesSync(toIndexPath(path), mtime, mtime)
  }
  const bytes = 3 * statSync(paths[0] as string).size
  const options = { keepFiles: 3, keepBytes: bytes }
  const { housekeeper } = makeHousekeeper(t, `${dir}/{date}.log`, options)
  await housekeeper.sweep()
  await housekeeper.close()
  t.ok(paths.every(path => existsSync(path)))
  t.equal(readdirSync(dirname(paths[0] as string)).length, 6)
})
