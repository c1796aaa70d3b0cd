import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import {
  adoptSpool,
  entryBytes,
  fillSpool,
  leaveSpool,
  listFiles,
  takeAll
} from '../../helpers/spool.ts'

test('an entry that was cut off anywhere is gone, those before it are not', async t => {
  const dir = t.testdir()
  const { batches, segments } = leaveSpool(t, dir, 4)
  const wrong: unknown[] = []
  for (let length = 2 * entryBytes - 1; length >= entryBytes; length--) {
    truncateSync(segments[1] ?? '', length)
    const { spool, damages } = adoptSpool(t, dir)
    const found = [spool.records, spool.end, takeAll(spool), damages]
    if (!isDeepStrictEqual(found, [30, 31, batches.slice(0, 3), []])) wrong.push([length, found])
    spool.close()
  }
  t.strictSame(wrong, [])
})

const flip = (offset: number) => (bytes: Buffer) =>
  void bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset)

/** What happens to one of three segments of two batches each, and which of these are lost. */
const damages: [what: string, act: (bytes: Buffer) => Buffer | void, lost: number[]][] = [
  ['a flipped bit in a payload costs its batch', flip(100), [0]],
  ['a flipped bit in the last payload costs its batch', flip(2 * entryBytes - 1), [1]],
  ["a flipped bit in a payload's sum costs its batch", flip(8), [0]],
  ['a length that is too long costs the rest', bytes => void bytes.writeUInt32LE(2 ** 31), [0, 1]],
  ['a length of nothing costs the rest', bytes => void bytes.writeUInt32LE(0, entryBytes), [1]],
  ["a flipped bit in a header's sum costs the rest", flip(4), [0, 1]],
  ['a header that is none costs the rest', flip(12), [0, 1]],
  ['a header of another kind costs the rest', flip(16), [0, 1]],
  ['a header with another sequence number costs the rest', flip(28), [0, 1]],
  ['a header with another count costs the rest', flip(entryBytes + 36), [1]],
  ['a segment that was cut off costs what is missing', bytes => bytes.subarray(0, -1), [1]],
  ['a segment that was emptied costs all it had', () => Buffer.of(), [0, 1]]
]

for (const [segmentIndex, which] of ['oldest', 'second'].entries()) {
  for (const [what, act, lost] of damages) {
    test(`in the ${which} segment ${what}, and is told; what follows in the next is whole`, async t => {
      const dir = t.testdir()
      const { batches, segments } = leaveSpool(t, dir, 6)
      const path = segments[segmentIndex] ?? ''
      const bytes = readFileSync(path)
      writeFileSync(path, act(bytes) ?? bytes)
      const { spool, damages, troubles } = adoptSpool(t, dir)
      const lostBatches = lost.map(index => 2 * segmentIndex + index)
      t.strictSame(
        takeAll(spool),
        batches.filter((_, index) => !lostBatches.includes(index))
      )
      const first = (lostBatches[0] ?? 0) * 10 + 1
      t.strictSame(damages, [{ first, count: lost.length * 10 }])
      t.match(spool, { records: 0, end: 61 })
      spool.release(60)
      const isLeft = lost.length === 2 && statSync(path, { throwIfNoEntry: false }) !== undefined
      t.equal(spool.hasLeftovers, isLeft)
      const left = isLeft ? [basename(path), '413f206e8c03e381.hello'] : []
      t.strictSame(listFiles(dir), left, 'what can not be read at all is never deleted')
      t.equal(troubles.length, left.length / 2)
    })
  }
}

test('what was acknowledged and deleted is not told as damaged', async t => {
  const dir = t.testdir()
  const { spool, batches } = fillSpool(t, dir, 6)
  for (let taken = 0; taken < 3; taken++) spool.shift()
  spool.release(30)
  spool.close()
  const { spool: adopted, damages } = adoptSpool(t, dir)
  t.strictSame(takeAll(adopted), batches.slice(2))
  t.strictSame(damages, [])
})
