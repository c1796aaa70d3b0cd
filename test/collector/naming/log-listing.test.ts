import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { findLogs, hasLogs } from '../../../lib/collector/naming/log-listing.ts'
import type { Rotation } from '../../../lib/collector/time/calendar.ts'
import { failOnce, meanwhile } from '../../helpers/file-system.ts'

const folders: [file: string, rotation: Rotation, found: string[], others: string[]][] = [
  [
    '{date}.log',
    'daily',
    ['2026-11-22.log.gz', '2026-11-23.log', '2026-11-23.2.log', '2026-11-23.10.log'],
    ['2026-11.log', '2026-11-23.0.log', '2026-11-23.log.bak', 'x2026-11-23.log', 'a.log', '.log']
  ],
  ['all.log', 'weekly', ['all.2025-W52.log', 'all.2026-W01.1.log.gz'], ['all.log', 'all.W01.log']],
  ['all.log', 'never', ['all.log', 'all.1.log.gz', 'all.2.log'], ['all.2026-11-23.log', 'all']],
  [
    '{date}/a+b.log',
    'hourly',
    ['2026-11-23T09/a+b.log', '2026-11-23T10/a+b.1.log'],
    ['2026-11-23T10/aab.log', '2026-11-23/a+b.log', 'a+b.log', '2026-11-23T10/deep/a+b.log']
  ],
  ['{date}/{date}.log', 'monthly', ['2026-10/2026-10.log'], ['2026-10/2026-11.log']],
  ['logs.d/app', 'daily', ['logs.d/app.2026-11-22', 'logs.d/app.2026-11-22.1'], ['logs.d/app']],
  ['x/.hidden', 'daily', ['x/.hidden.2026-11-22.1'], ['x/.hidden', '.hidden.2026-11-22']]
]

for (const [file, rotation, found, others] of folders) {
  test(`the files of ${file}, ${rotation}, are found, oldest first, and no others`, async t => {
    const dir = t.testdir()
    for (const name of [...found.toReversed(), ...others]) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), 'line\n')
    }
    const logs = await findLogs(join(dir, file), rotation)
    t.strictSame(
      logs.map(({ path }) => path),
      found.map(name => join(dir, name))
    )
    t.ok(logs.every(({ bytes, writtenAt }) => bytes === 5 && writtenAt > 0))
    t.strictSame(
      logs.map(({ isCompressed }) => isCompressed),
      found.map(name => name.endsWith('.gz'))
    )
  })
}

test('links and folders are no files of a log, and no folder has none', async t => {
  const dir = t.testdir({ '2026-11-22.log': {}, other: 'line\n' })
  symlinkSync('other', join(dir, '2026-11-23.log'))
  t.strictSame(await findLogs(join(dir, '{date}.log'), 'daily'), [])
  t.strictSame(await findLogs(join(dir, 'no/such/{date}.log'), 'daily'), [])
})

test('there are logs where one file has a line', async t => {
  const dir = t.testdir({ a: { '2026-11-22.log': '' }, b: {}, other: 'line\n' })
  const file = `${dir}/{app}/{date}.log`
  t.notOk(hasLogs(file, 'daily'))
  writeFileSync(`${dir}/b/2026-11-22.log.gz`, 'x')
  t.ok(hasLogs(file, 'daily'))
  t.notOk(hasLogs(`${dir}/c/{date}.log`, 'daily'))
})

test('a listing pauses where it is told to, and ends where it is told to', async t => {
  const dir = t.testdir({ a: { '2026-11-22.log': '' }, b: { '2026-11-22.log': '' } })
  const abort = new AbortController()
  let pauses = 0
  const pause = async (): Promise<void> => void pauses++
  const file = `${dir}/{app}/{date}.log`
  t.equal((await findLogs(file, 'daily', { pause, signal: abort.signal })).length, 2)
  t.equal(pauses, 4, 'after each file and each folder')
  const pauseAndAbort = async (): Promise<void> => abort.abort()
  await t.rejects(findLogs(file, 'daily', { pause: pauseAndAbort, signal: abort.signal }), {
    name: 'AbortError'
  })
})

test('a file that goes while its folder is read is not found, and others are', async t => {
  const dir = t.testdir({ '2026-11-22.log': '', '2026-11-23.log': '' })
  meanwhile(t, 'lstatSync', `${dir}/2026-11-22.log`, () => unlinkSync(`${dir}/2026-11-22.log`))
  t.strictSame(
    (await findLogs(`${dir}/{date}.log`, 'daily')).map(({ period }) => period),
    ['2026-11-23']
  )
})

const below: [code: string, skipped: number][] = [
  ['EACCES', 0],
  ['EIO', 1],
  ['ESTALE', 1]
]

for (const [code, skipped] of below) {
  test(`a folder below that can't be read, ${code}, hides no other log, and is told of ${skipped} times`, async t => {
    const dir = t.testdir({ a: { '2026-11-23.log': '' }, b: { '2026-11-23.log': '' } })
    failOnce(t, 'opendirSync', code, '/a')
    const skips: string[] = []
    const logs = await findLogs(`${dir}/{app}/{date}.log`, 'daily', {
      pause: () => undefined,
      signal: AbortSignal.timeout(60_000),
      onSkip: (folder, error) => skips.push(`${folder}: ${error.message}`)
    })
    t.strictSame(
      logs.map(({ path }) => path),
      [`${dir}/b/2026-11-23.log`]
    )
    t.strictSame(skips, skipped === 0 ? [] : [`${dir}/a: ${code}`])
  })
}

test('the base folder must be readable, and where descriptors are missing nothing is known', async t => {
  const dir = t.testdir({ a: { '2026-11-23.log': '' } })
  failOnce(t, 'opendirSync', 'EACCES', '/a/')
  await t.rejects(findLogs(`${dir}/a/{date}.log`, 'daily'), { code: 'EACCES' })
  failOnce(t, 'opendirSync', 'EMFILE', '/a')
  await t.rejects(findLogs(`${dir}/{app}/{date}.log`, 'daily'), { code: 'EMFILE' })
})

test('a file belongs to the log of the values in its path', async t => {
  const dir = t.testdir({
    shop: { '2026-11-23.2.log.zst': '', '2026-11-23.log': '' },
    api: { '2026-11-22.log': '' }
  })
  const found = await findLogs(`${dir}/{app}/{date}.log`, 'daily')
  t.strictSame(
    found.map(({ log, period, index }) => [log, period, index]),
    [
      [`${dir}/api/{date}.log`, '2026-11-22', 0],
      [`${dir}/shop/{date}.log`, '2026-11-23', 0],
      [`${dir}/shop/{date}.log`, '2026-11-23', 2]
    ]
  )
})

test('where a template has an hour, date and hour are the period', async t => {
  const dir = t.testdir({ '2026-11-23': { '09.log': '', '10.1.log': '' } })
  t.strictSame(
    (await findLogs(`${dir}/{date}/{hour}.log`, 'hourly')).map(({ period, index }) => [
      period,
      index
    ]),
    [
      ['2026-11-23T09', 0],
      ['2026-11-23T10', 1]
    ]
  )
})
