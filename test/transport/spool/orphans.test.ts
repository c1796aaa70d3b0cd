import { createSenderId } from '../../../lib/wire/id.ts'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  adoptSpool,
  kill,
  leaveSpool,
  listFiles,
  makeBatch,
  makeSpool,
  searchOrphans,
  startHolder,
  takeAll,
  identify,
  testIdentity
} from '../../helpers/spool.ts'

test('what a living process has is left alone, what a killed one had is adopted', async t => {
  const dir = t.testdir()
  const holder = await startHolder(t, { SPOOL: dir })
  for (const name of listFiles(dir)) utimesSync(join(dir, name), 0, 0)
  t.strictSame(searchOrphans(dir).orphans, [])
  await kill(holder)
  const { spool, orphan } = adoptSpool(t, dir)
  t.equal(orphan.hello.pid, holder.child.pid)
  t.strictSame(
    takeAll(spool).map(({ payload }) => String(payload)),
    ['1\n', '2\n', '3\n']
  )
})

test('several senders are found in one folder, each with its own', async t => {
  const dir = t.testdir()
  const identities = Array.from({ length: 3 }, () => identify(createSenderId()))
  for (const [index, identity] of identities.entries()) {
    const { spool } = makeSpool(t, dir, identity)
    spool.push(makeBatch(index + 1))
    spool.close()
  }
  const found = searchOrphans(dir).orphans.map(({ identity, hello, lock }) => {
    const { spool } = makeSpool(t, dir, identity)
    spool.adopt(lock)
    return [identity.senderId, hello.app, takeAll(spool)] as const
  })
  const expected = identities.map(
    ({ senderId }, index) => [senderId, `app of ${senderId}`, [makeBatch(index + 1)]] as const
  )
  t.strictSame(new Set(found), new Set(expected))
})

test('a hello that can not be understood is skipped, and not kept locked', async t => {
  const dir = t.testdir({ '0123456789abcdef.hello': 'hello?', '0123.hello': '{}', 'a.seg': 'x' })
  t.strictSame(searchOrphans(dir).orphans, [])
  t.strictSame(listFiles(dir), ['0123.hello', '0123456789abcdef.hello', 'a.seg'])
})

test('a hello that can not be read is skipped, and not kept locked; others are found', async t => {
  const dir = t.testdir({ '0123456789abcdef.hello': {} })
  leaveSpool(t, dir, 1)
  const orphans = searchOrphans(dir).orphans
  t.strictSame(
    orphans.map(({ identity }) => identity),
    [testIdentity]
  )
  for (const { lock } of orphans) lock.release()
  t.notOk(listFiles(dir).some(name => name.endsWith('.lock')))
})

test('a folder that is not there has no orphans; a file in its place throws', async t => {
  const dir = t.testdir({ file: 'x' })
  t.strictSame(searchOrphans(join(dir, 'no')).orphans, [])
  t.throws(() => searchOrphans(join(dir, 'file')), { code: 'ENOTDIR' })
})
