import fc from 'fast-check'
import { test } from 'tap'
import { toBytes, type Batch, type RecordRange } from '../../../lib/transport/sender/batch.ts'
import { Splitter } from '../../../lib/transport/sender/splitter.ts'
import { maxBatchRecords } from '../../../lib/wire/limits.ts'
import { maxHeadBytes } from '../../../lib/wire/message.ts'
import { toBatch } from '../../helpers/batch.ts'

/** Takes a batch apart. @param maxBytes of a part's payload @returns the parts as texts, and what is too long */
function takeApart(records: string[], maxBytes: number, first = 1) {
  const splitter = new Splitter()
  splitter.maxMessageBytes = maxBytes + maxHeadBytes
  const batch = toBatch(first, records.length, records.map(text => `${text}\n`).join(''))
  const parts: [first: number, count: number, payload: string][] = []
  const tooLong: RecordRange[] = []
  for (;;) {
    const part = splitter.next(batch, range => tooLong.push(range))
    if (!part) break
    parts.push([part.first, part.count, String(toBytes(part.payload))])
    if (splitter.markSent(part.first)) break
  }
  return { parts, tooLong }
}

const cases: [what: string, records: string[], parts: string[], tooLong: number[]][] = [
  ['what fits is sent as it is', ['ab', 'cd'], ['1+2 ab cd'], []],
  ['what does not is sent in parts', ['abc', 'defg', 'h'], ['1+1 abc', '2+2 defg h'], []],
  ['a part may be full', ['abc', 'efg', 'h'], ['1+2 abc efg', '3+1 h'], []],
  ['a long record is left out', ['a', 'too-long-x', 'b'], ['1+1 a', '3+1 b'], [2]],
  ['long ones at the ends, too', ['too-long-x', 'a', 'too-long-y'], ['2+1 a'], [1, 3]],
  ['of long ones alone nothing is sent', ['too-long-x', 'too-long-y'], [], [1, 2]],
  ['characters of several bytes count as such', ['öö', 'ö'], ['1+2 öö ö'], []]
]

for (const [what, records, expected, long] of cases) {
  test(what, async t => {
    const { parts, tooLong } = takeApart(records, 8)
    const shown = parts.map(([first, count, text]) =>
      `${first}+${count} ${text.replaceAll('\n', ' ')}`.trim()
    )
    t.strictSame(shown, expected)
    t.strictSame(
      tooLong,
      long.map(first => ({ first, count: 1 }))
    )
  })
}

test('every record is in one part, in order, or too long', async t => {
  const property = fc.property(
    fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 1000 }),
    (texts, maxBytes, first) => {
      const records = texts.map(text => text.replaceAll('\n', ''))
      const { parts, tooLong } = takeApart(records, maxBytes, first)
      const found = new Map(tooLong.map(range => [range.first, undefined as string | undefined]))
      for (const [start, count, payload] of parts) {
        const lines = payload.split('\n').slice(0, -1)
        if (lines.length !== count) return false
        if (parts.length > 1 && Buffer.byteLength(payload) > maxBytes) return false
        for (const [index, line] of lines.entries()) {
          if (found.has(start + index)) return false
          found.set(start + index, line)
        }
      }
      return records.every((text, index) => {
        const line = found.get(first + index)
        return found.has(first + index) && (line === undefined || line === text)
      })
    }
  )
  t.doesNotThrow(() => fc.assert(property, { seed: 13 }))
})

test('what an earlier version has made larger than the wire allows is cut, and a long record goes alone', async t => {
  const splitter = new Splitter()
  const none = (): void => void t.fail('nothing is too long')
  const next = (batch: Batch): number[] => {
    const counts: number[] = []
    for (let part = splitter.next(batch, none); part; part = splitter.next(batch, none)) {
      counts.push(part.count)
      if (splitter.markSent(part.first)) break
    }
    return counts
  }
  t.strictSame(next(toBatch(1, maxBatchRecords, '\n'.repeat(maxBatchRecords))), [maxBatchRecords])
  t.strictSame(next(toBatch(1, maxBatchRecords + 1, '\n'.repeat(maxBatchRecords + 1))), [
    maxBatchRecords,
    1
  ])
  const record = (bytes: number): string => `${'x'.repeat(bytes - 1)}\n`
  const mebi = 2 ** 20
  const sizes = [5, 3, 1, 20, 2].map(size => size * mebi)
  t.strictSame(next(toBatch(1, 5, sizes.map(record).join(''))), [2, 1, 1, 1])
})

test('a batch that comes again is begun anew, and one that came in between is whole', async t => {
  const splitter = new Splitter()
  splitter.maxMessageBytes = 8 + maxHeadBytes
  const [long, short] = [toBatch(1, 2, 'abcdef\nabcdef\n'), toBatch(10, 1, 'a\n')]
  const none = (): void => void t.fail('nothing is too long')
  t.equal(splitter.next(long, none)?.first, 1)
  t.notOk(splitter.markSent(1))
  t.equal(splitter.next(short, none), short)
  t.ok(splitter.markSent(10))
  t.equal(splitter.next(long, none)?.first, 2, 'goes on')
  t.ok(splitter.markSent(2))
  t.equal(splitter.next(long, none)?.first, 1, 'is sent again')
})
