import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { adoptSpool, entryBytes, leaveSpool, listFiles, takeAll } from './helpers/spool.ts'

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

const flip = (at: number) => (bytes: Buffer) => void bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)

/** What happens to the second of three segments, which has the batches 2 and 3. */
const damages: [what: string, act: (bytes: Buffer) => Buffer | void, lost: number[]][] = [
  ['a flipped bit in a payload costs its batch', flip(100), [2]],
  ['a flipped bit in the last payload costs its batch', flip(2 * entryBytes - 1), [3]],
  ['a length that is too long costs the rest', bytes => void bytes.writeUInt32LE(2 ** 31), [2, 3]],
  ['a length of nothing costs the rest', bytes => void bytes.writeUInt32LE(0, entryBytes), [3]],
  ['a header that is none costs the rest', flip(8), [2, 3]],
  ['a segment that was cut off costs what is missing', bytes => bytes.subarray(0, -1), [3]],
  ['a segment that was emptied costs all it had', () => Buffer.of(), [2, 3]]
]

for (const [what, act, lost] of damages) {
  test(`${what}, and is told; what follows in the next segment is whole`, async t => {
    const dir = t.testdir()
    const { batches, segments } = leaveSpool(t, dir, 6)
    const [, path = ''] = segments
    const bytes = readFileSync(path)
    writeFileSync(path, act(bytes) ?? bytes)
    const { spool, damages } = adoptSpool(t, dir)
    t.strictSame(
      takeAll(spool),
      batches.filter((_, at) => !lost.includes(at))
    )
    t.strictSame(damages, [{ first: (lost[0] ?? 0) * 10 + 1, count: lost.length * 10 }])
    t.match(spool, { records: 0, end: 61 })
    spool.release(60)
    t.strictSame(listFiles(dir), [])
  })
}
