import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { test, type Test } from 'tap'
import { Segment } from '../../../lib/transport/spool/segment.ts'
import { headBytes } from '../../../lib/transport/spool/entry.ts'
import { toBatch } from '../../helpers/batch.ts'
import { weakenWrites } from '../../helpers/file-system.ts'
import {
  encodeEntry,
  entryBytes,
  makeBatches,
  testIdentity,
  type EntryHeader
} from '../../helpers/spool.ts'

const batches = makeBatches(3)
/** Where the payload begins in an entry. Unit: bytes */
const payloadAt = headBytes
const { spoolId } = testIdentity

/** A segment with three entries of the same size. */
function fillSegment(t: Test) {
  const path = `${t.testdir()}/a.seg`
  const segment = Segment.create(path, spoolId)
  t.teardown(() => segment.close())
  const locations = batches.map(batch => segment.append(batch))
  return { path, segment, locations }
}

/** Changes the file behind the segment's back. */
function damage(path: string, act: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path)
  act(bytes)
  writeFileSync(path, bytes)
}

/** What a later process finds in the file. */
function reopen(path: string, first = 1, id = spoolId) {
  const segment = Segment.open(path, id)
  const found = segment.scan(first).map(location => segment.read(location))
  segment.close()
  return { segment, found }
}

/** @returns those of the second entry's bytes that leave another list than `expected` when a bit of theirs flips */
function findFlips(t: Test, from: number, to: number, expected: unknown[]): number[] {
  const { path } = fillSegment(t)
  const flip = (offset: number): void =>
    damage(path, bytes =>
      bytes.writeUInt8(bytes.readUInt8(entryBytes + offset) ^ 1, entryBytes + offset)
    )
  const wrong: number[] = []
  for (let offset = from; offset < to; offset++) {
    flip(offset)
    if (!isDeepStrictEqual(reopen(path).found, expected)) wrong.push(offset)
    flip(offset)
  }
  return wrong
}

test('a segment that is new is empty', async t => {
  const { segment, found } = reopen(`${t.testdir({ 'a.seg': '' })}/a.seg`)
  t.strictSame(found, [])
  t.match(segment, { bytes: 0, end: 0 })
  t.equal(segment.has(0), false)
})

test('what is appended can be read in any order, and from the file', async t => {
  const { path, segment, locations } = fillSegment(t)
  t.strictSame(
    locations.toReversed().map(location => segment.read(location)),
    batches.toReversed()
  )
  t.strictSame(reopen(path).found, batches)
})

test('a segment knows its size and its records, opened anew, too', async t => {
  const { path, segment } = fillSegment(t)
  for (const known of [segment, reopen(path).segment]) {
    t.match(known, { bytes: 3 * entryBytes, end: 31 })
    t.strictSame(
      [0, 1, 15, 30, 31].map(seq => known.has(seq)),
      [false, true, true, true, false]
    )
  }
})

test('a segment may begin with any number, its batches may be empty', async t => {
  const path = `${t.testdir()}/a.seg`
  const segment = Segment.create(path, '\xff\0sender')
  const batch = toBatch(2 ** 40 + 3, 2 ** 32 - 1, Buffer.alloc(0))
  segment.append(batch)
  segment.close()
  const { found, segment: later } = reopen(path, 2 ** 40 + 3, '\xff\0sender')
  t.strictSame(found, [batch])
  t.strictSame(
    [2 ** 40 + 2, 2 ** 40 + 3].map(seq => later.has(seq)),
    [false, true]
  )
})

test('an entry that was cut off anywhere ends the list', async t => {
  const { path } = fillSegment(t)
  const wrong: number[] = []
  for (let length = 3 * entryBytes - 1; length >= 2 * entryBytes; length--) {
    truncateSync(path, length)
    if (!isDeepStrictEqual(reopen(path).found, batches.slice(0, 2))) wrong.push(length)
  }
  t.strictSame(wrong, [])
})

const headParts: [what: string, from: number, to: number][] = [
  ['length', 0, 4],
  ['sum of length and header', 4, 8],
  ['header', 12, payloadAt]
]

for (const [what, from, to] of headParts) {
  test(`an entry with a flipped bit anywhere in its ${what} ends the list`, async t => {
    t.strictSame(findFlips(t, from, to, [batches[0]]), [])
  })
}

const payloadParts: [what: string, from: number, to: number][] = [
  ['sum of the payload', 8, 12],
  ['payload', payloadAt, entryBytes]
]

for (const [what, from, to] of payloadParts) {
  test(`an entry with a flipped bit anywhere in its ${what} is not read, all others are`, async t => {
    t.strictSame(findFlips(t, from, to, [batches[0], undefined, batches[2]]), [])
  })
}

const payloadBytes = entryBytes - payloadAt
const lengths = [0, 1, payloadBytes - 1, payloadBytes + 1, payloadBytes + entryBytes, 2 ** 32 - 1]

for (const length of lengths) {
  test(`an entry that says it has ${length} bytes hides what follows, and nothing else`, async t => {
    const { path } = fillSegment(t)
    damage(path, bytes => bytes.writeUInt32LE(length, entryBytes))
    t.strictSame(reopen(path).found, [batches[0]])
  })
}

test('what is gone from the file is not read', async t => {
  const { path, segment, locations } = fillSegment(t)
  truncateSync(path, 2 * entryBytes + 100)
  t.strictSame(
    locations.map(location => segment.read(location)),
    [batches[0], batches[1], undefined]
  )
})

test('an entry that the disk takes in pieces is written whole', async t => {
  const path = `${t.testdir()}/a.seg`
  const segment = Segment.create(path, spoolId)
  weakenWrites(t, [1, 7, 100])
  for (const batch of batches) segment.append(batch)
  segment.close()
  t.strictSame(reopen(path).found, batches)
})

test('a segment from which the disk refused an entry is as it was, and goes on', async t => {
  const { path, segment } = fillSegment(t)
  weakenWrites(t, [10, 'ENOSPC'])
  const next = toBatch(31, 1, Buffer.from('next\n'))
  t.throws(() => segment.append(next), { code: 'ENOSPC' })
  t.equal(readFileSync(path).length, 3 * entryBytes)
  t.match(segment, { bytes: 3 * entryBytes, end: 31 })
  segment.append(next)
  t.strictSame(reopen(path).found, [...batches, next])
})

test('a segment that is deleted is gone', async t => {
  const path = `${t.testdir()}/a.seg`
  const segment = Segment.create(path, spoolId)
  segment.delete()
  t.notOk(existsSync(path))
  t.throws(() => segment.close(), { code: 'EBADF' })
})

const shut: [what: string, open: (t: Test) => unknown, code: string][] = [
  ['is a folder, created', t => Segment.create(t.testdir(), spoolId), 'EISDIR'],
  ['is a folder, opened', t => Segment.open(t.testdir(), spoolId), 'EINVAL'],
  ['is missing, opened', t => Segment.open(`${t.testdir()}/a.seg`, spoolId), 'ENOENT'],
  [
    'has bytes, created',
    t => Segment.create(`${t.testdir({ 'a.seg': 'x' })}/a.seg`, spoolId),
    'EEXIST'
  ]
]

for (const [what, open, code] of shut) {
  test(`a segment that ${what}, throws ${code}`, async t => {
    t.throws(() => open(t), { code })
  })
}

const last = Number.MAX_SAFE_INTEGER
const entries: [what: string, header: Partial<EntryHeader>, isRead: boolean][] = [
  ['number 0', { first: 0 }, false],
  ['another number than its name has', { first: 2 }, false],
  ['no records', { count: 0 }, false],
  ['a number that a double can not hold', { first: last + 1 }, false],
  ['a last record that a double can not hold', { first: last - 5 }, false],
  ['the kind of a hello', { kind: 1 }, false],
  ['a kind that is none', { kind: 9 }, false],
  ['the id of another sender', { spoolId: 'b-sender' }, false],
  ['the last numbers that there can be', { first: last - 10 }, true]
]

for (const [what, header, isRead] of entries) {
  test(`an entry with ${what}, and with right sums, is ${isRead ? '' : 'not '}read`, async t => {
    const path = `${t.testdir()}/a.seg`
    writeFileSync(path, encodeEntry(header))
    t.equal(reopen(path, isRead ? header.first : 1).found.length, isRead ? 1 : 0)
    if (header.first === 0) t.equal(reopen(path, 0).found.length, 0, 'whatever its name is')
  })
}

test('an entry whose numbers were there before ends the list', async t => {
  const path = `${t.testdir()}/a.seg`
  const firsts = [1, 11, 5, 21]
  writeFileSync(path, Buffer.concat(firsts.map(first => encodeEntry({ first }))))
  t.strictSame(
    reopen(path).found.map(batch => batch?.first),
    [1, 11]
  )
})

const skip = process.platform === 'win32' && 'Windows has no modes'

test(
  'only the user of the app may read a segment, also one that is written again',
  { skip },
  async t => {
    const { path, segment } = fillSegment(t)
    t.equal(statSync(path).mode & 0o777, 0o600)
    rmSync(path)
    segment.restore()
    t.equal(statSync(path).mode & 0o777, 0o600)
  }
)

test(
  'a segment of an earlier version, which others may read, is read and deleted',
  { skip },
  async t => {
    const { path } = fillSegment(t)
    chmodSync(path, 0o644)
    t.strictSame(reopen(path).found, batches)
    const left = Segment.open(path, spoolId)
    left.delete()
    t.notOk(existsSync(path))
  }
)
