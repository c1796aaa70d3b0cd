import { test } from 'tap'
import {
  deleteAll,
  findExpired,
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
      'the file that is written is kept, and counts',
      { keepFiles: 1 },
      '-2',
      ['-4', '-3', '-1', '-0']
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

for (const [what, kept, current, expired] of cases) {
  test(what, async t => {
    t.strictSame(
      findExpired(logs, { ...all, ...kept }, ({ path }) => path === current, now).map(
        ({ path }) => path
      ),
      expired
    )
  })
}

test('behind a file that is too large nothing older is kept, however small', async t => {
  const sizes = logs.map((log, at) => ({ ...log, bytes: at === 2 ? 1000 : 10 }))
  t.strictSame(
    findExpired(sizes, { ...all, keepBytes: 500 }, ({ path }) => path === '-0', now).map(
      ({ path }) => path
    ),
    ['-4', '-3', '-2']
  )
})

test('each of several logs keeps so many files, and all together so many bytes', async t => {
  const both = logs.flatMap(log => [
    { ...log, path: `a${log.path}`, log: 'a' },
    { ...log, path: `b${log.path}`, log: 'b' }
  ])
  const isOpen = ({ path }: ListedLog): boolean => path.endsWith('-0')
  const find = (kept: Partial<RetentionOptions>): string[] =>
    findExpired(both, { ...all, ...kept }, isOpen, now).map(({ path }) => path)
  t.strictSame(find({ keepFiles: 3 }), ['a-4', 'b-4', 'a-3', 'b-3'])
  t.strictSame(find({ keepBytes: 399 }), ['a-4', 'b-4', 'a-3', 'b-3', 'a-2', 'b-2', 'a-1'])
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
