import fc from 'fast-check'
import { test } from 'tap'
import {
  decodeHead,
  decodePayload,
  encodeEntry,
  headBytes
} from '../../../lib/transport/spool/entry.ts'
import { toBatch } from '../../helpers/batch.ts'
import { testIdentity } from '../../helpers/spool.ts'

const { spoolId } = testIdentity
const seed = 13

const anyEntry = fc
  .record({
    first: fc.integer({ min: 1, max: 2 ** 53 - 2 - 2 ** 16 }),
    count: fc.integer({ min: 1, max: 2 ** 16 }),
    bytes: fc.uint8Array({ maxLength: 100 })
  })
  .map(({ first, count, bytes }) => ({ first, count, payload: Buffer.from(bytes) }))

test('any batch is read from its entry as it was written, and by no other spool', async () => {
  fc.assert(
    fc.property(anyEntry, ({ first, count, payload }) => {
      const entry = encodeEntry(spoolId, toBatch(first, count, payload))
      const head = decodeHead(spoolId, entry.subarray(0, headBytes))
      return (
        head?.first === first &&
        head.count === count &&
        head.length === entry.length &&
        decodePayload(entry)?.equals(payload) === true &&
        decodeHead('another!', entry) === undefined
      )
    }),
    { seed, numRuns: 500 }
  )
})

test('an entry of which any bit is another one is found to be damaged', async () => {
  fc.assert(
    fc.property(anyEntry, fc.nat(), fc.integer({ min: 0, max: 7 }), (batch, at, bit) => {
      const entry = encodeEntry(spoolId, toBatch(batch.first, batch.count, batch.payload))
      const index = at % entry.length
      entry.writeUInt8(entry.readUInt8(index) ^ (1 << bit), index)
      const isDamaged =
        decodeHead(spoolId, entry.subarray(0, headBytes)) === undefined ||
        decodePayload(entry) === undefined
      return isDamaged
    }),
    { seed, numRuns: 1000 }
  )
})

test('whatever bytes are in the place of an entry, it is none, or has numbers that a batch can have', async () => {
  const bytes = fc.uint8Array({ minLength: headBytes, maxLength: headBytes })
  const last = 2 ** 53 - 2
  const numbers = fc.constantFrom([0, 1], [last, 1], [last, 2], [1, 0], [1, 2 ** 32 - 1])
  fc.assert(
    fc.property(bytes, given => decodeHead(spoolId, Buffer.from(given)) === undefined),
    { seed, numRuns: 500 }
  )
  fc.assert(
    fc.property(numbers, ([first = 0, count = 0]) => {
      const head = decodeHead(spoolId, encodeEntry(spoolId, toBatch(first, count, 'x')))
      const isPossible = first >= 1 && count >= 1 && first + count - 1 <= last
      return (head !== undefined) === isPossible
    }),
    { seed, numRuns: 50 }
  )
})
