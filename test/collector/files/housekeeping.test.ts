/** What an operator sees in the log's folder: real collectors, which are really killed. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import tap, { test, type Test } from 'tap'
import { Housekeeper, type HousekeeperOptions } from '../../../lib/collector/files/housekeeping.ts'
import { startLogger } from '../../helpers/logger.ts'
import { startCollectorProgram } from '../../helpers/program.ts'
import { waitFor } from '../../helpers/wait.ts'

// The pauses of a sweep keep no process alive, and on a busy machine each sweep has some.
const alive = setInterval(() => undefined, 1000)
tap.teardown(() => clearInterval(alive))

/** The numbers of all lines in a folder, of compressed files too, by the order of their files. */
function readLines(dir: string): number[] {
  return listLogs(dir)
    .map(name => readFileSync(join(dir, name)))
    .map((bytes, at) => (listLogs(dir)[at]?.endsWith('.gz') ? gunzipSync(bytes) : bytes))
    .flatMap(bytes => bytes.toString().split('\n').slice(0, -1))
    .map(line => (JSON.parse(line) as { line: number }).line)
}

function listLogs(dir: string): string[] {
  const names = readdirSync(dir).filter(name => /^all(\.\d+)?\.log(\.gz)?$/.test(name))
  const toIndex = (name: string): number => Number(/\.(\d+)\./.exec(name)?.[1] ?? 0)
  return names.toSorted((a, b) => toIndex(a) - toIndex(b))
}

test('a log is cut by size, compressed, linked to and kept short, and nothing is lost', async t => {
  const dir = t.testdir()
  const collector = await startCollectorProgram(t, [
    `--file=${dir}/all.log`,
    '--rotate=never',
    '--max-size=8k',
    '--compress',
    '--keep-files=5',
    '--symlink=current.log'
  ])
  const { logger, flush } = await startLogging(t, collector.address)
  for (let line = 0; line < 1000; line++) {
    logger.info({ line })
    if (line % 20 === 0) await flush()
  }
  await flush()
  await waitFor(
    () => listLogs(dir).filter(name => name.endsWith('.gz')).length >= 4,
    'the closed files to be compressed'
  )
  t.equal(await collector.stop(), 0, collector.stderr())
  const logs = listLogs(dir)
  t.equal(logs.length, 5, logs.join())
  t.equal(readlinkSync(`${dir}/current.log`), logs.at(-1))
  const lines = readLines(dir)
  t.ok(lines.length > 100)
  t.strictSame(
    lines,
    Array.from({ length: lines.length }, (_, at) => 1000 - lines.length + at),
    'the last lines, each once, in order'
  )
  t.ok(collector.entries().some(({ msg }) => msg === 'deleted'))
})

test('a collector killed while files are cut and compressed loses and doubles nothing', async t => {
  const dir = t.testdir()
  const args = ['--file', `${dir}/all.log`, '--rotate', 'never', '--max-size', '4k', '--compress']
  let collector = await startCollectorProgram(t, args)
  const { address } = collector
  const { logger, flush } = await startLogging(t, address)
  for (let line = 0; line < 2000; line++) {
    logger.info({ line })
    if (line % 400 === 399) {
      collector.child.kill('SIGKILL')
      await collector.exited
      collector = await startCollectorProgram(t, [...args, '--bind', address])
    }
    if (line % 10 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await flush()
  t.equal(await collector.stop(), 0, collector.stderr())
  t.strictSame(
    readLines(dir),
    Array.from({ length: 2000 }, (_, at) => at)
  )
})

test('SIGHUP begins a new file where the old one was moved away', async t => {
  const dir = t.testdir()
  const collector = await startCollectorProgram(t, [
    '--file',
    `${dir}/all.log`,
    '--rotate',
    'never'
  ])
  const { logger, flush } = await startLogging(t, collector.address)
  logger.info({ line: 1 })
  await flush()
  renameSync(`${dir}/all.log`, `${dir}/moved`)
  collector.child.kill('SIGHUP')
  await waitFor(() => existsSync(`${dir}/all.log`), 'the new file')
  logger.info({ line: 2 })
  await flush()
  t.equal(await collector.stop(), 0)
  t.match(readFileSync(`${dir}/moved`, 'utf8'), /^[^\n]*"line":1[^\n]*\n$/)
  t.strictSame(readLines(dir), [2])
})

/** An archive of a folder, and what it says. */
function makeArchive(dir: string, changed: Partial<HousekeeperOptions>) {
  const said: string[] = []
  const archive = new Housekeeper({ ...makeOptions(dir, said), ...changed })
  return { archive, said }
}

function makeOptions(dir: string, said: string[]): HousekeeperOptions {
  return {
    file: `${dir}/{date}.log`,
    rotate: 'daily',
    keepFiles: 0,
    keepDays: 0,
    keepBytes: 0,
    compress: '',
    timeKey: '',
    levelKey: '',
    timezone: 'utc',
    now: () => Date.parse('2026-11-23T12:00:00Z'),
    periodAt: timeMs => new Date(timeMs).toISOString().slice(0, 10),
    paths: () => [],
    filesInDoubt: () => new Set(),
    settle: () => void said.push('settled'),
    isShared: () => false,
    onDelete: path => said.push(`deleted ${path.slice(dir.length + 1)}`),
    onTrouble: (action, _path, error) => said.push(`cannot ${action}: ${error.message}`)
  }
}

/** Days with files, of which a restart would look at the second. */
function makeDoubtful(t: Test) {
  const dir = makeDays(t, '2026-11-19', '2026-11-23')
  const inDoubt = new Set([resolve(`${dir}/2026-11-20.log`)])
  return { dir, inDoubt, filesInDoubt: () => inDoubt }
}

test('a file that a restart would look at is settled before it is deleted', async t => {
  const { dir, inDoubt, filesInDoubt } = makeDoubtful(t)
  const said: string[] = []
  const settle = (): void => {
    said.push(`settled, ${readdirSync(dir).length} files`)
    inDoubt.clear()
  }
  const archive = new Housekeeper({
    ...makeOptions(dir, said),
    keepFiles: 2,
    filesInDoubt,
    settle
  })
  await archive.sweep()
  await archive.close()
  const deleted = ['19', '20', '21'].map(day => `deleted 2026-11-${day}.log`)
  t.strictSame(said, ['settled, 5 files', ...deleted])
})

test('where that fails it stays, and all others go', async t => {
  const { dir, filesInDoubt } = makeDoubtful(t)
  const settle = (): never => {
    throw new Error('disk full')
  }
  const { archive, said } = makeArchive(dir, { keepFiles: 2, filesInDoubt, settle })
  await archive.sweep()
  await archive.close()
  t.strictSame(said, [
    'cannot look after closed files: disk full',
    'deleted 2026-11-19.log',
    'deleted 2026-11-21.log'
  ])
  t.strictSame(readdirSync(dir), ['2026-11-20.log', '2026-11-22.log', '2026-11-23.log'])
})

test('a file that a restart would look at is not compressed, and others are', async t => {
  const { dir, filesInDoubt } = makeDoubtful(t)
  const { archive } = makeArchive(dir, { compress: 'gzip', filesInDoubt })
  await archive.sweep()
  await waitFor(
    () => readdirSync(dir).filter(name => name.endsWith('.gz')).length === 3,
    'three files to be compressed'
  )
  t.ok(existsSync(`${dir}/2026-11-20.log`))
  await archive.close()
})

test('while others may compress the same files it compresses none', async t => {
  const dir = makeDays(t, '2026-11-19', '2026-11-23')
  const { archive, said } = makeArchive(dir, {
    compress: 'gzip',
    keepFiles: 2,
    isShared: () => true
  })
  await archive.sweep()
  await archive.close()
  t.equal(said.length, 3)
  t.strictSame(readdirSync(dir), ['2026-11-22.log', '2026-11-23.log'])
})

test('one that has retired touches nothing more', async t => {
  const dir = makeDays(t, '2026-11-19', '2026-11-23')
  const { archive, said } = makeArchive(dir, { keepFiles: 2, compress: 'gzip' })
  archive.schedule('', '')
  archive.retire()
  archive.schedule('', '')
  await archive.close()
  t.strictSame(said, [])
  t.equal(readdirSync(dir).length, 5)
})

test('what is too much is deleted, and said', async t => {
  const dir = t.testdir({ '2026-11-21.log': {}, '2026-11-22.log': 'a\n', '2026-11-23.log': 'b\n' })
  setWritten(dir, '2026-11-22.log', '2026-11-22')
  const { archive, said } = makeArchive(dir, { keepFiles: 1 })
  await archive.sweep()
  t.strictSame(said, ['deleted 2026-11-22.log'])
  t.strictSame(readdirSync(dir), ['2026-11-21.log', '2026-11-23.log'])
})

/** Sets the time of a file's last write. @param time a time, or a day */
function setWritten(dir: string, name: string, time: string): void {
  utimesSync(`${dir}/${name}`, new Date(time), new Date(time))
}

/** A folder with a file for each day, last written on that day. @param days from the first to the last */
function makeDays(t: Test, first: string, last: string): string {
  const dir = t.testdir()
  for (let time = Date.parse(first); time <= Date.parse(last); time += 86_400_000) {
    const day = new Date(time).toISOString().slice(0, 10)
    writeFileSync(`${dir}/${day}.log`, 'line\n')
    setWritten(dir, `${day}.log`, `${day}T11:00:00Z`)
  }
  return dir
}

const lateCases: [what: string, late: string, options: Partial<HousekeeperOptions>][] = [
  ['a month ago', '2026-10-23', { keepFiles: 5 }],
  ['a month ago, by bytes', '2026-10-23', { keepBytes: 25 }],
  ['the future', '2031-01-01', { keepFiles: 5 }],
  ['the future, by bytes', '2031-01-01', { keepBytes: 25 }]
]

for (const [what, late, options] of lateCases) {
  test(`records of ${what} push out nothing, and stay while they are fresh`, async t => {
    const dir = makeDays(t, '2026-11-18', '2026-11-23')
    const name = `${late}.log`
    writeFileSync(`${dir}/${name}`, 'late\n')
    setWritten(dir, name, '2026-11-23T11:59:30Z')
    let open = [`${dir}/${name}`]
    let now = Date.parse('2026-11-23T12:00:00Z')
    const { archive, said } = makeArchive(dir, { ...options, now: () => now, paths: () => open })
    const isDeleted = 'deleted 2026-11-18.log'
    await archive.sweep()
    t.strictSame(said, [isDeleted], 'while it is open')
    open = []
    await archive.sweep()
    t.strictSame(said, [isDeleted], 'right after')
    const later = new Housekeeper({ ...makeOptions(dir, said), ...options, now: () => now })
    now += 40_000
    await later.sweep()
    t.strictSame(said, [isDeleted, `deleted ${name}`], 'a minute later')
    t.equal(readdirSync(dir).length, 5)
    await Promise.all([archive.close(), later.close()])
  })
}

test('keepFiles of 20 dated folders leaves the right ones, and no empty ones', async t => {
  const dir = t.testdir()
  const days = Array.from(
    { length: 20 },
    (_, index) => `2026-11-${String(index + 4).padStart(2, '0')}`
  )
  for (const day of days) {
    mkdirSync(`${dir}/${day}`)
    writeFileSync(`${dir}/${day}/x.log`, 'line\n')
    setWritten(dir, `${day}/x.log`, day)
  }
  const { archive, said } = makeArchive(dir, { file: `${dir}/{date}/x.log`, keepFiles: 5 })
  await archive.sweep()
  await archive.close()
  t.equal(said.length, 15)
  t.strictSame(readdirSync(dir), days.slice(15))
})

test('a file of tomorrow is not deleted, and pushes out nothing', async t => {
  const dir = makeDays(t, '2026-11-20', '2026-11-24')
  setWritten(dir, '2026-11-24.log', '2026-11-23T10:00:00Z')
  const { archive, said } = makeArchive(dir, { keepFiles: 4 })
  await archive.sweep()
  t.strictSame(said, [])
  await archive.close()
})

for (const [what, last, clock] of [
  ['is years ahead', '2026-11-23', '2031-05-01T12:00:00Z'],
  ['is a month ahead', '2026-11-23', '2026-12-23T12:00:00Z'],
  ['is years behind', '2026-11-23', '1970-01-01T00:01:00Z'],
  ['was years ahead', '2031-05-01', '2026-11-23T12:00:00Z']
] as const) {
  test(`a clock that ${what} deletes nothing at once`, async t => {
    const dir = makeDays(t, '2026-11-18', '2026-11-23')
    writeFileSync(`${dir}/${last}.log`, 'line\n')
    setWritten(dir, `${last}.log`, `${last}T11:00:00Z`)
    const before = readdirSync(dir)
    const { archive } = makeArchive(dir, {
      keepDays: 30,
      keepFiles: 6,
      now: () => Date.parse(clock)
    })
    await archive.sweep()
    t.strictSame(readdirSync(dir), before)
    await archive.close()
  })
}

test('a clock that jumps ahead while the collector runs deletes no more than before', async t => {
  const dir = makeDays(t, '2026-11-10', '2026-11-23')
  let now = Date.parse('2026-11-23T12:00:00Z')
  const { archive, said } = makeArchive(dir, { keepDays: 12, now: () => now })
  await archive.sweep()
  t.strictSame(said, ['deleted 2026-11-10.log', 'deleted 2026-11-11.log'])
  now = Date.parse('2031-11-23T12:00:00Z')
  await archive.sweep()
  await archive.sweep()
  t.equal(readdirSync(dir).length, 12)
  await archive.close()
})

test('what was written while the clock was years behind stays when it has been set right', async t => {
  const dir = makeDays(t, '2026-11-18', '2026-11-23')
  writeFileSync(`${dir}/1970-01-01.log`, 'line\n')
  setWritten(dir, '1970-01-01.log', '1970-01-01T00:01:00Z')
  let now = Date.parse('1970-01-01T00:01:00Z')
  let open = [`${dir}/1970-01-01.log`]
  const { archive, said } = makeArchive(dir, {
    keepDays: 30,
    keepFiles: 3,
    now: () => now,
    paths: () => open
  })
  await archive.sweep()
  now = Date.parse('2026-11-23T12:00:00Z')
  open = []
  await archive.sweep()
  await archive.sweep()
  const deleted = ['18', '19', '20'].map(day => `deleted 2026-11-${day}.log`)
  t.strictSame(said, [...deleted])
  await archive.close()
})

test('a link never takes the place of a file', async t => {
  const dir = t.testdir({ current: 'mine\n', '2026-11-23.log': 'b\n' })
  const { archive, said } = makeArchive(dir, {})
  archive.schedule(`${dir}/2026-11-23.log`, `${dir}/current`)
  t.match(said[0], /^cannot link: EEXIST: .*current already exists and is not a link; move it away/)
  t.equal(readFileSync(`${dir}/current`, 'utf8'), 'mine\n')
})

test('a link follows the file that is written, into other folders too', async t => {
  const dir = t.testdir()
  for (const day of ['2026-11-22', '2026-11-23']) {
    mkdirSync(`${dir}/${day}`)
    writeFileSync(`${dir}/${day}/all.log`, `${day}\n`)
    const { archive, said } = makeArchive(dir, { file: `${dir}/{date}/all.log` })
    archive.schedule(`${dir}/${day}/all.log`, `${dir}/now`)
    t.strictSame(said, [])
    t.equal(readFileSync(`${dir}/now`, 'utf8'), `${day}\n`)
  }
})

async function startLogging(t: Test, address: string) {
  const { logger, stream } = await startLogger(t, { address })
  const flush = (): Promise<void> => new Promise(resolve => stream.flush(() => resolve()))
  return { logger, flush }
}
