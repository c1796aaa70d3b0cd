import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { findLogs } from '../../../lib/collector/naming/log-listing.ts'
import { baseFolderOf, toPath } from '../../../lib/collector/naming/log-path.ts'
import type { Rotation } from '../../../lib/collector/time/calendar.ts'
import { failOnce, meanwhile } from '../../helpers/file-system.ts'

const names: [file: string, period: string, index: number, path: string][] = [
  ['logs/{date}.log', '2026-11-23', 0, 'logs/2026-11-23.log'],
  ['logs/{date}.log', '2026-11-23', 2, 'logs/2026-11-23.2.log'],
  ['logs/all.log', '2026-11-23', 0, 'logs/all.2026-11-23.log'],
  ['logs/all.log', '2026-11-23', 12, 'logs/all.2026-11-23.12.log'],
  ['logs/all.log', '', 0, 'logs/all.log'],
  ['logs/all.log', '', 1, 'logs/all.1.log'],
  ['logs/all', '2026-11', 1, 'logs/all.2026-11.1'],
  ['logs.d/app', '2026-11-23', 0, 'logs.d/app.2026-11-23'],
  ['logs/.hidden', '2026-11-23', 1, 'logs/.hidden.2026-11-23.1'],
  ['./logs//{date}/all.log', '2026-11', 1, 'logs/2026-11/all.1.log'],
  ['{date}/{date}', '2026-11', 1, '2026-11/2026-11.1']
]

for (const [file, period, index, path] of names) {
  test(`file ${index} of ${file} in '${period}' is ${path}`, async t => {
    t.equal(toPath(file, period, index), join(path))
  })
}

for (const [file, folder] of [
  ['logs/{date}.log', 'logs/'],
  ['logs/x-{date}.log', 'logs'],
  ['logs/all.log', 'logs'],
  ['{date}.log', '.'],
  ['/var/{date}/all.log', '/var/']
] as const) {
  test(`all files of ${file} lie below ${folder}`, async t => {
    t.equal(baseFolderOf(file), folder)
  })
}

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
  ['{date}/{date}.log', 'monthly', ['2026-10/2026-10.log'], ['2026-10/2026-11.log']]
]

for (const [file, rotation, found, others] of folders) {
  test(`the files of ${file}, ${rotation}, are found, oldest first, and no others`, async t => {
    const dir = t.testdir()
    for (const name of [...found.toReversed(), ...others]) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), 'line\n')
    }
    const logs = findLogs(join(dir, file), rotation)
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

test('every path that a log may have is found by its log', async t => {
  const dir = t.testdir()
  for (const [file, period, index] of names) {
    const rotation = period === '' ? 'never' : period.length > 7 ? 'daily' : 'monthly'
    const path = toPath(join(dir, file), period, index)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    t.match(
      findLogs(join(dir, file), rotation).findLast(log => log.path === path),
      { period, index }
    )
  }
})

test('links and folders are no files of a log, and no folder has none', async t => {
  const dir = t.testdir({ '2026-11-22.log': {}, other: 'line\n' })
  symlinkSync('other', join(dir, '2026-11-23.log'))
  t.strictSame(findLogs(join(dir, '{date}.log'), 'daily'), [])
  t.strictSame(findLogs(join(dir, 'no/such/{date}.log'), 'daily'), [])
})

test('a file that goes while its folder is read is not found, and others are', async t => {
  const dir = t.testdir({ '2026-11-22.log': '', '2026-11-23.log': '' })
  meanwhile(t, 'lstatSync', `${dir}/2026-11-22.log`, () => unlinkSync(`${dir}/2026-11-22.log`))
  t.strictSame(
    findLogs(`${dir}/{date}.log`, 'daily').map(({ period }) => period),
    ['2026-11-23']
  )
})

test('a folder below that may not be looked into holds no log, the base folder must', async t => {
  const dir = t.testdir({ a: { '2026-11-23.log': '' }, 'lost+found': {} })
  failOnce(t, 'readdirSync', 'EACCES', 'lost+found')
  t.equal(findLogs(`${dir}/{app}/{date}.log`, 'daily').length, 1)
  failOnce(t, 'readdirSync', 'EIO', 'lost+found')
  t.throws(() => findLogs(`${dir}/{app}/{date}.log`, 'daily'), { code: 'EIO' })
  failOnce(t, 'readdirSync', 'EACCES', '/a/')
  t.throws(() => findLogs(`${dir}/a/{date}.log`, 'daily'), { code: 'EACCES' })
})
