import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { test } from 'tap'
import { makeSyncedFolder, replaceLink, syncFolder, writeAll } from '../../lib/util/fs.ts'
import { failOnce, weakenWrites } from '../helpers/file-system.ts'
import { countSyncs } from '../helpers/weak-disk.ts'

test('bytes that the disk accepts in pieces are written completely and in order', async t => {
  const path = `${t.testdir()}/file`
  const fd = openSync(path, 'w')
  t.teardown(() => closeSync(fd))
  weakenWrites(t, [1, 4])
  writeAll(fd, Buffer.from('one two three'))
  writeAll(fd, Buffer.alloc(0))
  t.equal(readFileSync(path, 'utf8'), 'one two three')
})

test('an error of the disk in the middle of a write is thrown', async t => {
  const path = `${t.testdir()}/file`
  const fd = openSync(path, 'w')
  t.teardown(() => closeSync(fd))
  weakenWrites(t, [3, 'ENOSPC'])
  t.throws(() => writeAll(fd, Buffer.from('one two')), { code: 'ENOSPC' })
  t.equal(readFileSync(path, 'utf8'), 'one')
})

test('a folder is synced, and a folder that cannot be opened is ignored', async t => {
  const dir = t.testdir()
  const countCalls = countSyncs(t)
  syncFolder(dir)
  t.equal(countCalls(), 1)
  syncFolder(`${dir}/missing`)
  t.equal(countCalls(), 1)
})

for (const code of ['EIO', 'ENOSPC', 'EMFILE']) {
  test(`a folder that can not be synced, ${code}, is told`, async t => {
    const dir = t.testdir()
    failOnce(t, 'openSync', code, dir)
    t.throws(() => syncFolder(dir), { code })
    syncFolder(dir)
  })
}

test('a folder is made with its parents, and the name of each is synced', async t => {
  const dir = t.testdir()
  const countCalls = countSyncs(t)
  makeSyncedFolder(`${dir}/a/b/c`)
  t.equal(countCalls(), 3)
  makeSyncedFolder(`${dir}/a/b/c`)
  t.equal(countCalls(), 3)
  makeSyncedFolder(`${dir}/a/b/c/../d`)
  t.equal(countCalls(), 4)
})

const existing: [what: string, make: (link: string) => void][] = [
  ['nothing', () => undefined],
  ['a link', link => symlinkSync('a.log', link)],
  ['a broken link', link => symlinkSync('missing', link)],
  ['a link that a killed process did not finish', link => symlinkSync('missing', `${link}.new`)]
]

for (const [what, make] of existing) {
  test(`a link is set where there is ${what}`, async t => {
    const dir = t.testdir({ sub: { 'b.log': 'b\n' } })
    make(`${dir}/current`)
    replaceLink(`${dir}/current`, `${dir}/sub/b.log`)
    t.equal(readlinkSync(`${dir}/current`), 'sub/b.log')
    t.strictSame(readdirSync(dir), ['current', 'sub'])
  })
}

test('a file or a folder is never replaced with a link', async t => {
  const dir = t.testdir()
  writeFileSync(`${dir}/file`, 'mine')
  mkdirSync(`${dir}/folder`)
  for (const name of ['file', 'folder']) {
    t.throws(() => replaceLink(`${dir}/${name}`, `${dir}/b.log`), { code: 'EEXIST' })
  }
  t.equal(readFileSync(`${dir}/file`, 'utf8'), 'mine')
})

test('a link that cannot be replaced stays as it is', async t => {
  const dir = t.testdir()
  symlinkSync('a.log', `${dir}/current`)
  failOnce(t, 'renameSync', 'EACCES')
  t.throws(() => replaceLink(`${dir}/current`, `${dir}/b.log`), { code: 'EACCES' })
  t.equal(readlinkSync(`${dir}/current`), 'a.log')
})
