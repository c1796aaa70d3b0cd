import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  isPrivateFolder,
  makePrivateFolder,
  ownUid,
  toBindFolder,
  toControlPath
} from '../../../lib/collector/control/control-path.ts'

const linux = { platform: 'linux', uid: 1000, folder: '/tmp' } as const

test('the socket is beside the journal as long as its path fits', async t => {
  const journal = `/${'x'.repeat(101)}`
  t.strictSame(toControlPath(journal, linux), { path: `${journal}.sock`, isFile: true })
  const longer = toControlPath(`${journal}x`, linux)
  t.equal(longer?.privateFolder, '/tmp/zmq-pub-1000')
  t.match(longer?.path, /^\/tmp\/zmq-pub-1000\/[0-9a-f]{16}\.sock$/)
  const other = toControlPath(`${journal}y`, linux)
  t.not(longer?.path, other?.path, 'each journal has its own')
})

test('bytes are counted, not characters, and macOS allows less', async t => {
  t.ok(toControlPath(`/${'é'.repeat(51)}`, linux)?.privateFolder)
  const journal = `/${'x'.repeat(98)}`
  t.notOk(toControlPath(journal, linux)?.privateFolder)
  t.ok(toControlPath(journal, { ...linux, platform: 'darwin' })?.privateFolder)
})

test('where the temporary folder has a long path, too, there is no socket', async t => {
  const folder = `/${'x'.repeat(90)}`
  t.equal(toControlPath(`/${'x'.repeat(200)}`, { ...linux, folder }), undefined)
})

test('on Windows it is a pipe named after the journal, whose letters are small or large', async t => {
  const windows = { ...linux, platform: 'win32' } as const
  const place = toControlPath(String.raw`C:\Logs\.x.journal`, windows)
  t.match(place, { path: /^\\\\\.\\pipe\\zmq-pub-[0-9a-f]{16}$/, isFile: false })
  t.strictSame(toControlPath(String.raw`c:\logs\.X.journal`, windows), place)
})

test('the folder in which a socket is bound has a shorter path than the shortest socket', async t => {
  const place = toControlPath('/logs/.x.journal', linux) ?? { path: '', isFile: true }
  t.match(toBindFolder(place), /^\/logs\/\.[0-9a-f]{8}$/)
  t.ok(`${toBindFolder(place)}/s`.length <= place.path.length)
})

const skip = process.platform === 'win32' && 'no permissions of this kind'

test('a private folder is made, whatever the umask, and found again', { skip }, async t => {
  const folder = join(t.testdir(), 'own')
  const former = process.umask(0)
  t.teardown(() => process.umask(former))
  makePrivateFolder(folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  makePrivateFolder(folder)
  t.notOk(isPrivateFolder(folder, ownUid() + 1), 'of another user')
})

const intruders: [what: string, make: (folder: string) => void][] = [
  [
    'a folder that others may enter',
    folder => {
      mkdirSync(folder)
      chmodSync(folder, 0o755)
    }
  ],
  [
    'a link to a private folder',
    folder => {
      mkdirSync(`${folder}-other`, { mode: 0o700 })
      symlinkSync(`${folder}-other`, folder)
    }
  ],
  ['a file', folder => writeFileSync(folder, '', { mode: 0o600 })]
]

for (const [what, make] of intruders) {
  test(`${what} in its place is not used`, { skip }, async t => {
    const folder = join(t.testdir(), 'own')
    make(folder)
    t.throws(() => makePrivateFolder(folder), { code: 'EPERM', message: /not a folder that/ })
  })
}
