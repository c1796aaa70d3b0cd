import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import {
  deleteAll,
  findExpired,
  removeEmptyFolders,
  type RetentionOptions
} from '../../../lib/collector/files/retention.ts'
import type { ListedLog } from '../../../lib/collector/naming/log-listing.ts'

const dayMs = 86_400_000
const now = Date.parse('2026-11-23T12:00:00Z')
const all: RetentionOptions = { keepFiles: 0, keepDays: 0, keepBytes: 0 }

/** Five files of 100 bytes, written 4, 3, 2, 1 and 0 days ago. */
const logs: ListedLog[] = [4, 3, 2, 1, 0].map(days => ({
  path: `-${days}`,
  log: '{date}',
  period: String(9 - days),
  index: 0,
  isCompressed: days > 1,
  bytes: 100,
  writtenAt: now - days * dayMs
}))

const cases: [what: string, kept: Partial<RetentionOptions>, current: string, expired: string[]][] =
  [
    ['without limits all are kept', {}, '-0', []],
    ['so many files are kept as are wanted', { keepFiles: 2 }, '-0', ['-4', '-3', '-2']],
    [
      'an older file that is written is kept, and does not push out newer ones',
      { keepFiles: 2 },
      '-3',
      ['-4', '-2']
    ],
    [
      'an older file that is written counts as the oldest by its bytes, too',
      { keepBytes: 399 },
      '-4',
      ['-3']
    ],
    ['a file goes when it is older than so many days', { keepDays: 2 }, '-0', ['-4', '-3']],
    ['the file that is written is kept however old', { keepDays: 1 }, '-4', ['-3', '-2']],
    ['the oldest go until so many bytes are left', { keepBytes: 399 }, '-0', ['-4', '-3']],
    [
      'the file that is written is kept however large',
      { keepBytes: 1 },
      '-0',
      ['-4', '-3', '-2', '-1']
    ],
    ['every limit holds', { keepFiles: 4, keepDays: 9, keepBytes: 250 }, '-0', ['-4', '-3', '-2']]
  ]

/** Paths of the files to delete. @param kept what may not be deleted @param lastPeriod later ones have not begun */
function find(
  files: readonly ListedLog[],
  limits: Partial<RetentionOptions>,
  kept: readonly string[],
  lastPeriod = '9'
): string[] {
  const expired = findExpired(
    files,
    { ...all, ...limits },
    {
      isKept: ({ path }) => kept.includes(path),
      isFuture: ({ period }) => period > lastPeriod,
      now
    }
  )
  return expired.map(({ path }) => path)
}

for (const [what, kept, current, expired] of cases) {
  test(what, async t => {
    t.strictSame(find(logs, kept, [current]), expired)
  })
}

test('a file that is just being replaced with its compressed copy pushes out no other', async t => {
  const copy = { ...(logs[3] as ListedLog), path: '-1.gz', isCompressed: true }
  const during = [...logs.slice(0, 4), copy, ...logs.slice(4)]
  t.strictSame(find(during, { keepFiles: 5 }, ['-0']), [])
  t.strictSame(find(during, { keepBytes: 500 }, ['-0']), [])
  t.strictSame(find(during, { keepFiles: 1 }, ['-0']), ['-4', '-3', '-2', '-1.gz'])
})

test('behind a file that is too large nothing older is kept, however small', async t => {
  const sizes = logs.map((log, at) => ({ ...log, bytes: at === 2 ? 1000 : 10 }))
  t.strictSame(find(sizes, { keepBytes: 500 }, ['-0']), ['-4', '-3', '-2'])
})

test('files of the future go before all others, and push none out', async t => {
  // The periods are 5 to 9, of which 8 and 9 have not begun.
  t.strictSame(find(logs, { keepFiles: 4 }, [], '7'), ['-1'])
  t.strictSame(find(logs, { keepFiles: 3 }, [], '7'), ['-1', '-0'])
  t.strictSame(find(logs, { keepFiles: 3 }, ['-0'], '7'), ['-1'])
  t.strictSame(find(logs, { keepBytes: 300 }, [], '7'), ['-1', '-0'])
  t.strictSame(find(logs, { keepFiles: 2 }, [], '7'), ['-1', '-0', '-4'])
})

test('each of several logs keeps so many files, and all together so many bytes', async t => {
  const both = logs.flatMap(log => [
    { ...log, path: `a${log.path}`, log: 'a' },
    { ...log, path: `b${log.path}`, log: 'b' }
  ])
  const open = ['a-0', 'b-0']
  t.strictSame(find(both, { keepFiles: 3 }, open), ['a-4', 'b-4', 'a-3', 'b-3'])
  t.strictSame(find(both, { keepBytes: 399 }, open), [
    'a-4',
    'b-4',
    'a-3',
    'b-3',
    'a-2',
    'b-2',
    'a-1'
  ])
})

test('the largest log pays for the bytes that are too many, and others keep their files', async t => {
  const toFiles = (name: string, bytes: number): ListedLog[] =>
    logs.map(log => ({ ...log, path: name + log.path, log: name, bytes }))
  const all3 = [...toFiles('quiet', 1), ...toFiles('flood', 1000), ...toFiles('busy', 100)]
  const files = all3.toSorted((a, b) => a.period.localeCompare(b.period))
  const open = ['quiet-0', 'flood-0', 'busy-0']
  t.strictSame(find(files, { keepBytes: 5505 }, open), [])
  t.strictSame(find(files, { keepBytes: 4000 }, open), ['flood-4', 'flood-3'])
  t.strictSame(find(files, { keepBytes: 1505 }, open), ['flood-4', 'flood-3', 'flood-2', 'flood-1'])
  t.strictSame(
    find(files, { keepBytes: 1205 }, open),
    ['flood-4', 'flood-3', 'flood-2', 'flood-1', 'busy-4', 'busy-3', 'busy-2'],
    'where what is open is too much, the others pay after all'
  )
  t.equal(find(files, { keepBytes: 1 }, open).length, 12)
})

test('many logs are looked through in no time', async t => {
  const files = Array.from({ length: 100_000 }, (_, index) => ({
    ...(logs[0] as ListedLog),
    path: `${index}`,
    log: `${index % 20_000}`,
    bytes: 1 + (index % 1000)
  }))
  const startedAt = performance.now()
  t.ok(find(files, { keepBytes: 1_000_000 }, []).length > 80_000)
  t.ok(performance.now() - startedAt < 5000)
})

test('a file that can not be deleted is named, and the others go', async t => {
  const dir = t.testdir({ a: '', b: {}, c: '' })
  const files = ['a', 'b', 'c'].map(name => ({ ...(logs[0] as ListedLog), path: `${dir}/${name}` }))
  const failed = deleteAll(files)
  t.strictSame(
    failed.map(({ log }) => log.path),
    [`${dir}/b`]
  )
  t.strictSame(deleteAll(files).length, 3)
})

test('a folder that is left empty is removed with its parents, up to the base folder', async t => {
  const dir = t.testdir({ base: {}, else: {} })
  const folders = ['base/a/1', 'base/a/2', 'base/b/1', 'base/c/1', 'base/d/1', 'else/1']
  for (const folder of folders) mkdirSync(`${dir}/${folder}`, { recursive: true })
  writeFileSync(`${dir}/base/b/1/other`, '')
  const deleted = ['a/1', 'a/2', 'b/1', 'c/1', 'd/1', '../else/1'].flatMap(folder =>
    ['x.log', 'x.1.log'].map(name => ({
      ...(logs[0] as ListedLog),
      path: `${dir}/base/${folder}/${name}`
    }))
  )
  removeEmptyFolders(deleted, `${dir}/base/`, [`${dir}/base/c/1/x.2.log`, `${dir}/base/d/y.log`])
  t.strictSame(
    ['base/a', 'base/b/1', 'base/c/1', 'base/d/1', 'base/d', 'else/1'].map(path =>
      existsSync(`${dir}/${path}`)
    ),
    [false, true, true, false, true, true]
  )
  const all = [{ ...(logs[0] as ListedLog), path: `${dir}/else/1/x.log` }]
  removeEmptyFolders(all, `${dir}/else/1`, [])
  t.ok(existsSync(`${dir}/else/1`), 'the base folder stays')
})
