import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { openLeftSegments } from '../../../lib/transport/spool/adoption.ts'
import { failOnce, replaceCall } from '../../helpers/file-system.ts'
import { entryBytes, leaveSpool, testIdentity, toSpoolBase } from '../../helpers/spool.ts'

/** Opens what is in a folder. @returns also what is left where it is */
function open(t: Test, dir: string) {
  const leftovers: string[] = []
  const left = openLeftSegments(dir, testIdentity.spoolId, ({ message }) => leftovers.push(message))
  t.teardown(() => {
    for (const { segment } of left) segment?.close()
  })
  const found = left.map(({ first, segment, locations }) => ({
    first,
    isOpen: segment !== undefined,
    batches: locations.map(location => location.first)
  }))
  return { left, found, leftovers }
}

test('segments are opened in the order of their records, with their entries', async t => {
  const dir = t.testdir()
  const { batches } = leaveSpool(t, dir, 5)
  const { left, found, leftovers } = open(t, dir)
  t.strictSame(found, [
    { first: 1, isOpen: true, batches: [1, 11] },
    { first: 21, isOpen: true, batches: [21, 31] },
    { first: 41, isOpen: true, batches: [41] }
  ])
  t.strictSame(leftovers, [])
  const read = left.flatMap(({ locations }) => locations.map(each => each.segment.read(each)))
  t.strictSame(read, batches)
})

test('where there is nothing, or no folder, nothing is opened', async t => {
  t.strictSame(open(t, t.testdir()).found, [])
  t.strictSame(open(t, join(t.testdir(), 'missing')).found, [])
})

test('files of another sender are not touched', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 1)
  t.strictSame(
    openLeftSegments(dir, 'another_', () => t.fail('told')),
    []
  )
})

test('an entry whose writer was killed is left out, and those before it are kept', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 2)
  truncateSync(segments[0] ?? '', 2 * entryBytes - 1)
  t.match(open(t, dir), { found: [{ first: 1, isOpen: true, batches: [1] }], leftovers: [] })
})

test('a segment of which no record can be read is left where it is, and the message says what to do', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 4)
  const [path = ''] = segments
  const bytes = readFileSync(path)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const { found, leftovers } = open(t, dir)
  t.strictSame(found, [
    { first: 1, isOpen: false, batches: [] },
    { first: 21, isOpen: true, batches: [21, 31] }
  ])
  t.strictSame(leftovers, [
    `${path} is left where it is: no record in it can be read; delete it if it is no longer needed`
  ])
  t.ok(readFileSync(path).equals(bytes))
})

test('an empty segment is opened, as it can be deleted, and nothing is told', async t => {
  const dir = t.testdir()
  writeFileSync(`${toSpoolBase(dir)}-0000000000000001.seg`, '')
  t.match(open(t, dir), { found: [{ first: 1, isOpen: true, batches: [] }], leftovers: [] })
})

test('a folder in the place of a segment, and a number that cannot be one, are left where they are', async t => {
  const dir = t.testdir()
  const [folder, odd] = ['0000000000000001', '9999999999999999'].map(
    digits => `${toSpoolBase(dir)}-${digits}.seg`
  )
  mkdirSync(folder as string)
  writeFileSync(odd as string, 'x')
  const { found, leftovers } = open(t, dir)
  t.strictSame(found, [{ first: 1, isOpen: false, batches: [] }])
  const advice = 'delete it if it is no longer needed'
  t.strictSame(leftovers, [
    `${odd} is left where it is: the number in its name is not a sequence number; ${advice}`,
    `${folder} is left where it is: it is not a regular file; ${advice}`
  ])
})

test('a segment that disappears meanwhile is gone, and no trouble', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 3)
  failOnce(t, 'openSync', 'ENOENT', '-0000000000000001.seg')
  const { found, leftovers } = open(t, dir)
  t.match(found, [
    { first: 1, isOpen: false },
    { first: 21, isOpen: true }
  ])
  t.strictSame(leftovers, [])
})

test('where one cannot be read now, the error is thrown and none stays open', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 4)
  failOnce(t, 'openSync', 'EMFILE', '-0000000000000021.seg')
  let closed = 0
  replaceCall(t, 'closeSync', real => fd => {
    closed++
    return real(fd)
  })
  t.throws(() => openLeftSegments(dir, testIdentity.spoolId, () => t.fail('told')), {
    code: 'EMFILE'
  })
  t.equal(closed, 1)
})
