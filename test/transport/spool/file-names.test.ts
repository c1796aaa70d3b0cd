import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { makeSpoolFolder } from '../../../lib/transport/spool/file-names.ts'

const skip = process.platform === 'win32' && 'Windows has no modes'
const modeOf = (path: string): number => statSync(path).mode & 0o777

test(
  'only its user may look into a new folder of a spool; its parents follow the umask',
  { skip },
  async t => {
    const parent = join(t.testdir(), 'var')
    makeSpoolFolder(join(parent, 'spool'))
    t.equal(modeOf(join(parent, 'spool')), 0o700)
    t.equal(modeOf(parent), 0o777 & ~process.umask())
  }
)

test('a folder that exists keeps its mode', { skip }, async t => {
  const folder = t.testdir()
  chmodSync(folder, 0o750)
  makeSpoolFolder(folder)
  t.equal(modeOf(folder), 0o750)
})
