import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { everything } from '../../lib/search/query.ts'
import { closeFile, findFiles, openFile, type SearchFile } from '../../lib/search/files.ts'

test('files come by period and number; a copy that a kill has left is not a second file', async t => {
  const dir = t.testdir({
    '2026-11-23.10.log': 'x',
    '2026-11-23.2.log.gz': 'x',
    '2026-11-23.log': 'x',
    '2026-11-23.log.gz': 'x',
    '2026-11-22.log.zst': 'x',
    '.2026-11-22.log.zst.index': 'x',
    'other.txt': 'x'
  })
  const files = await findFiles({ file: join(dir, '{date}.log'), rotate: 'daily' }, everything)
  const names = ['2026-11-22.log', '2026-11-23.log', '2026-11-23.2.log', '2026-11-23.10.log']
  t.strictSame(
    files.map(({ paths: [path] }) => path),
    names.map(name => join(dir, name))
  )
})

test('a file that is compressed after it was found is opened under its new name', async t => {
  const dir = t.testdir({ '2026-11-23.log': 'line\n' })
  const path = join(dir, '2026-11-23.log')
  const [file] = await findFiles({ file: join(dir, '{date}.log'), rotate: 'daily' }, everything)
  writeFileSync(`${path}.gz.new`, gzipSync(readFileSync(path)))
  renameSync(`${path}.gz.new`, `${path}.gz`)
  rmSync(path)
  const opened = openFile(file as SearchFile)
  t.match(opened, { path: `${path}.gz`, compression: 'gzip' })
  if (opened) closeFile(opened)
  rmSync(`${path}.gz`)
  t.equal(openFile(file as SearchFile), undefined, 'a file that was deleted is none')
})

test('the app and the host in a path are compared as the collector makes paths', async t => {
  const dir = t.testdir({
    a_b: { web: { '2026-11-23.log': 'x' } },
    shop: { db: { '2026-11-23.log': 'x' } }
  })
  const place = { file: join(dir, '{app}/{host}/{date}.log'), rotate: 'daily' } as const
  const found = await findFiles(place, { ...everything, apps: ['A/b'] })
  t.strictSame(
    found.map(({ values }) => values),
    [{ app: 'a_b', host: 'web' }]
  )
  t.equal((await findFiles(place, { ...everything, apps: ['shop'], hosts: ['web'] })).length, 0)
})
