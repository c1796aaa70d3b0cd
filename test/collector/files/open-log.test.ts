import { closeSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { openLog } from '../../../lib/collector/files/open-log.ts'

test('missing folders are made, and found ones are used, also by several at once', async t => {
  const folder = t.testdir()
  const path = join(folder, 'a', 'b', 'c', 'app.log')
  const opened = await Promise.all([1, 2, 3].map(() => openLog(path)))
  for (const { fd, endsMidLine } of opened) {
    closeSync(fd)
    t.equal(endsMidLine, false)
  }
  t.ok(statSync(dirname(path)).isDirectory())
})

test('a file in the place of a folder is an error', async t => {
  const folder = t.testdir({ file: 'text' })
  for (const path of ['file/app.log', 'file/a/b/app.log'])
    await t.rejects(openLog(join(folder, path)), { code: /EEXIST|ENOTDIR/ }, path)
})

test('half a line at the end is found', async t => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'logs'))
  writeFileSync(join(folder, 'logs', 'app.log'), 'one\nhalf')
  const { fd, endsMidLine } = await openLog(join(folder, 'logs', 'app.log'))
  closeSync(fd)
  t.equal(endsMidLine, true)
})

const skip = !existsSync('/proc/self') && 'there is no /proc'

test('a folder that the file system refuses with ENOENT is an error at once', { skip }, async t => {
  for (const path of ['/proc/missing/app.log', '/proc/missing/a/b/app.log'])
    await t.rejects(openLog(path), { code: 'ENOENT' }, path)
})
