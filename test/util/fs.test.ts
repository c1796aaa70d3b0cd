import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { parse } from 'node:path'
import { test } from 'tap'
import {
  isNoSpace,
  keepOwner,
  makeFolder,
  makeMissingFolders,
  makeSyncedFolder,
  replaceLink,
  syncFolder,
  toMode,
  writeAll
} from '../../lib/util/fs.ts'
import { failOnce, replaceCall, toError, weakenWrites } from '../helpers/file-system.ts'
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

test('a folder that is made has the permissions that are asked for, whatever the umask', async t => {
  const dir = t.testdir({ a: {} })
  chmodSync(`${dir}/a`, 0o755)
  const former = process.umask(0o077)
  t.teardown(() => process.umask(former))
  t.strictSame(makeFolder(`${dir}/a/b/c`, 0o2750), [`${dir}/a/b/c`, `${dir}/a/b`])
  const modeOf = (path: string): number => statSync(`${dir}/${path}`).mode & 0o7777
  t.strictSame(['a', 'a/b', 'a/b/c'].map(modeOf), [0o755, 0o2750, 0o2750])
  t.strictSame(makeFolder(`${dir}/a/b/c`, 0o700), [], 'one that is there keeps what it has')
  t.equal(modeOf('a/b/c'), 0o2750)
  makeFolder(`${dir}/d`)
  t.equal(modeOf('d'), 0o700, 'as the umask says')
})

test('the first folder that was made is known, and one that is there is none', async t => {
  const dir = t.testdir({ file: '' })
  t.equal(makeMissingFolders(`${dir}/a/b/c`), `${dir}/a`)
  t.equal(makeMissingFolders(`${dir}/a/b/c/`), undefined)
  t.equal(makeMissingFolders(`${dir}/a/b/d/../e`), `${dir}/a/b/d`)
  t.equal(makeMissingFolders(parse(dir).root), undefined)
  t.throws(() => makeMissingFolders(`${dir}/file`), { code: 'EEXIST' })
  t.throws(() => makeMissingFolders(`${dir}/file/a/b`), { code: /^E(NOTDIR|NOENT|EXIST)$/ })
})

const noProc = !existsSync('/proc/self') && 'there is no /proc'

test(
  'a folder that a file system refuses with ENOENT is an error, not an endless loop',
  { skip: noProc },
  async t => {
    for (const folder of ['/proc/missing', '/proc/missing/a/b']) {
      t.throws(() => makeMissingFolders(folder), { code: 'ENOENT' })
      t.throws(() => makeFolder(folder), { code: 'ENOENT' })
    }
  }
)

test('permissions are read as octal digits', async t => {
  t.strictSame(['640', '0640', '2750', ''].map(toMode), [0o640, 0o640, 0o2750, undefined])
})

const isRoot = process.getuid?.() === 0

test('a file is given the owner of another', { skip: !isRoot && 'only root may' }, async t => {
  const dir = t.testdir({ a: '', b: '' })
  chownSync(`${dir}/a`, 1234, 2345)
  const fd = openSync(`${dir}/b`, 'r+')
  t.teardown(() => closeSync(fd))
  keepOwner(fd, statSync(`${dir}/a`))
  t.match(statSync(`${dir}/b`), { uid: 1234, gid: 2345 })
})

test('an owner that may not be given is left', async t => {
  const dir = t.testdir({ a: '' })
  const before = statSync(`${dir}/a`)
  const fd = openSync(`${dir}/a`, 'r+')
  t.teardown(() => closeSync(fd))
  replaceCall(t, 'fchownSync', () => () => {
    throw toError('EPERM')
  })
  keepOwner(fd, Object.assign(statSync(`${dir}/a`), { uid: 1234, gid: 2345 }))
  t.match(statSync(`${dir}/a`), { uid: before.uid, gid: before.gid })
})

test('a disk or a quota that is full is known by its error, or by the cause of that', async t => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    t.ok(isNoSpace(toError(code)))
    t.ok(isNoSpace(new Error('not written', { cause: toError(code) })))
  }
  t.notOk(isNoSpace(toError('EIO')))
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
