import { join } from 'node:path'
import { test } from 'tap'
import {
  baseFolderOf,
  refuseFolderPath,
  toPath,
  toPattern
} from '../../../lib/collector/naming/log-path.ts'
import type { Rotation } from '../../../lib/collector/time/calendar.ts'

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

/** The rotation with such periods. */
function toRotation(period: string): Rotation {
  if (period === '') return 'never'
  return period.length > 7 ? 'daily' : 'monthly'
}

for (const [file, period, index, path] of names) {
  for (const suffix of ['', '.gz', '.zst']) {
    test(`the pattern of ${file} matches ${path}${suffix}`, async t => {
      const { groups = {} } = toPattern(file, toRotation(period)).exec(join(path) + suffix) ?? {}
      t.equal(groups['date'] ?? '', period)
      t.equal(groups['index'] ?? '0', String(index))
      t.equal(groups['suffix'] ?? '', suffix)
    })
  }
}

test('a log path that is a folder is refused, with a file to name instead', async t => {
  const dir = t.testdir({ 'a.log': '', folder: {} })
  t.throws(() => refuseFolderPath(`${dir}/folder`), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: `ERR_ZMQ_PUB_FILE: ${dir}/folder is a folder; name a file in it, such as ${dir}/folder/{date}.log (--file, or the file of an output)`
  })
  for (const path of ['a.log', 'missing', 'a.log/b']) {
    t.doesNotThrow(() => refuseFolderPath(`${dir}/${path}`), path)
  }
})
