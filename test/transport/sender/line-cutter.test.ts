import fc from 'fast-check'
import { test } from 'tap'
import type { Batch, RecordRange } from '../../../lib/transport/sender/batch.ts'
import { LineCutter } from '../../../lib/transport/sender/line-cutter.ts'
import { maxBatchRecords } from '../../../lib/wire/limits.ts'

/** A cutter, what it has made, in its order, and its batches alone. */
function makeCutter(batchBytes: number, recordBytes?: number) {
  const made: (Batch | RecordRange)[] = []
  const batches: Batch[] = []
  const cutter = new LineCutter({
    batchBytes,
    recordBytes,
    onBatch: batch => {
      batches.push(batch)
      made.push({ ...batch, payload: batch.payload.toString() })
    },
    onTooLong: range => made.push(range)
  })
  return { cutter, made, batches }
}

test('the record that reaches the size closes the batch, and records are numbered from 1', async t => {
  const { cutter, made } = makeCutter(4)
  cutter.write('a\nb\nccc\nd\n')
  t.strictSame(made, [
    { first: 1, count: 2, payload: 'a\nb\n', bytes: 4 },
    { first: 3, count: 1, payload: 'ccc\n', bytes: 4 }
  ])
  t.strictSame([cutter.openBytes, cutter.openRecords], [2, 1])
  cutter.close()
  t.strictSame(made.at(-1), { first: 4, count: 1, payload: 'd\n', bytes: 2 })
  t.strictSame([cutter.openBytes, cutter.openRecords], [0, 0])
})

test('a line without its newline is in no batch until the newline comes', async t => {
  const { cutter, made } = makeCutter(100)
  cutter.write('on')
  cutter.close()
  t.strictSame([made, cutter.openRecords], [[], 0])
  cutter.write('e\n')
  cutter.close()
  t.match(made, [{ first: 1, count: 1, payload: 'one\n' }])
})

test('at the end a last line gets its newline, and one that has it gets no second', async t => {
  const { cutter, made } = makeCutter(100)
  cutter.write('one\n')
  cutter.endLine()
  t.equal(cutter.openRecords, 1)
  cutter.write('two')
  cutter.endLine()
  cutter.endLine()
  cutter.close()
  t.match(made, [{ first: 1, count: 2, payload: 'one\ntwo\n' }])
})

test('text of ASCII stays text, and any other becomes bytes', async t => {
  const { cutter, batches } = makeCutter(1)
  cutter.write('ascii\n')
  cutter.write('grün\n')
  t.strictSame(
    batches.map(({ payload, bytes }) => [typeof payload, bytes]),
    [
      ['string', 6],
      ['object', 6]
    ]
  )
})

test('of a long text only the parts with other characters become bytes', async t => {
  const { cutter, batches } = makeCutter(70_000)
  const ascii = `${'x'.repeat(99)}\n`.repeat(700)
  cutter.write(`${ascii}grün\n${ascii}`)
  cutter.close()
  t.equal(typeof batches[0]?.payload, 'object')
  t.equal(batches.map(({ payload }) => payload.toString()).join(''), `${ascii}grün\n${ascii}`)
})

const long = 'x'.repeat(10)
const chunkings: [what: string, chunks: string[]][] = [
  ['in one chunk', [`a\n${long}\nb\n`]],
  ['cut within the line', ['a\nxxxx', `xxxxxx\nb\n`]],
  ['in many pieces', ['a\n', ...Array.from(long), '\nb\n']],
  ['whose newline comes alone', [`a\n${long}`, '\n', 'b\n']],
  ['as bytes', [`ä\n${long}\nb\n`]]
]

for (const [what, chunks] of chunkings) {
  test(`a record that is too long, ${what}, is dropped and numbered between the others`, async t => {
    const { cutter, made } = makeCutter(10, 10)
    for (const chunk of chunks) cutter.write(chunk)
    cutter.close()
    t.match(made, [
      { first: 1, count: 1, payload: /^.\n$/ },
      { first: 2, count: 1, payload: undefined },
      { first: 3, count: 1, payload: 'b\n' }
    ])
  })
}

test('a record that is just not too long is kept', async t => {
  const { cutter, made } = makeCutter(10, 10)
  cutter.write('123456789\n')
  cutter.write('12345')
  cutter.write('6789\n')
  cutter.close()
  t.match(made, [
    { first: 1, count: 1, bytes: 10 },
    { first: 2, count: 1, bytes: 10 }
  ])
})

test('a last line that is too long is dropped, and its bytes are not held', async t => {
  const { cutter, made } = makeCutter(10, 10)
  for (let piece = 0; piece < 1000; piece++) cutter.write(long)
  t.equal(cutter.openBytes, 0)
  cutter.endLine()
  t.strictSame(made, [{ first: 1, count: 1 }])
})

test('who is not told of a long record gets the others all the same', async t => {
  const batches: Batch[] = []
  const cutter = new LineCutter({ batchBytes: 1, recordBytes: 3, onBatch: b => batches.push(b) })
  cutter.write('a\nlong\nb\n')
  t.match(batches, [
    { first: 1, payload: 'a\n' },
    { first: 3, payload: 'b\n' }
  ])
})

test('a batch has a limited number of records, however short they are', async t => {
  const { cutter, batches } = makeCutter(2 ** 30)
  cutter.write('\n'.repeat(maxBatchRecords - 1))
  t.equal(batches.length, 0)
  cutter.write('\n\n')
  t.match(batches, [{ first: 1, count: maxBatchRecords, bytes: maxBatchRecords }])
  t.equal(cutter.openRecords, 1)
})

test('another size holds for what comes from then on', async t => {
  const { cutter, made } = makeCutter(100)
  cutter.write('a\n')
  cutter.batchBytes = 4
  cutter.write('b\nc\n')
  t.match(made, [{ first: 1, count: 2, payload: 'a\nb\n' }])
})

test('whatever comes, and however it is cut, each line is in one batch or too long, in its order', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'ü', '€'), maxLength: 12 })
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(line),
      sizes,
      fc.integer({ min: 1, max: 16 }),
      (lines, cuts, batchBytes) => {
        const recordBytes = 16
        const { cutter, made } = makeCutter(batchBytes, recordBytes)
        let bytes = Buffer.from(lines.map(each => `${each}\n`).join(''))
        for (const cut of cuts) {
          cutter.write(bytes.subarray(0, cut))
          bytes = bytes.subarray(cut)
        }
        cutter.write(bytes)
        cutter.close()
        let next = 1
        return (
          made.every(each => {
            const given = lines.slice(next - 1, next - 1 + each.count).map(text => `${text}\n`)
            const isNext = each.first === next
            next += each.count
            if ('payload' in each) return isNext && each.payload === given.join('')
            return isNext && Buffer.byteLength(given[0] ?? '') > recordBytes
          }) && next === lines.length + 1
        )
      }
    )
  )
})
