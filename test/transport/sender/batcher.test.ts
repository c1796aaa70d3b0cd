import { test } from 'tap'
import { toBytes, type Batch } from '../../../lib/transport/sender/batch.ts'
import { Batcher } from '../../../lib/transport/sender/batcher.ts'
import { createRandom } from '../../helpers/seeded-random.ts'

const large = 2 ** 30
const batchMs = 25

/** All batches that come of the chunks, the last ones made by end(). */
function toBatches(batchBytes: number, chunks: Iterable<string | Buffer>): Batch[] {
  const batches: Batch[] = []
  const batcher = new Batcher({ batchBytes, batchMs }, batch => batches.push(batch))
  for (const chunk of chunks) batcher.add(chunk, 0)
  batcher.end()
  return batches
}

function toTexts(batches: Batch[]): string[] {
  return batches.map(({ payload }) => payload.toString())
}

/** The bytes in chunks of random sizes, seldom a whole number of lines. */
function* cutAnywhere(bytes: Buffer, seed: number, maxChunkBytes: number): Generator<Buffer> {
  const random = createRandom(seed)
  for (let offset = 0, end = 0; offset < bytes.length; offset = end) {
    end = offset + random(maxChunkBytes + 1)
    yield bytes.subarray(offset, end)
  }
}

function toPayloads(batches: Batch[]): Buffer[] {
  return batches.map(({ payload }) => toBytes(payload))
}

function countNewlines(bytes: Buffer): number {
  return bytes.filter(byte => byte === 0x0a).length
}

const cases: [title: string, batchBytes: number, chunks: string[], payloads: string[]][] = [
  ['lines that fit into one batch stay together', 100, ['a\nb\n', 'c\n'], ['a\nb\nc\n']],
  ['the record that reaches the size closes the batch', 4, ['a\nb\nc\n'], ['a\nb\n', 'c\n']],
  ['a record goes into its batch whole', 4, ['a\nbbbbbb\nc\n'], ['a\nbbbbbb\n', 'c\n']],
  ['a batch of one byte at the least is one record', 1, ['a\n\nb\n'], ['a\n', '\n', 'b\n']],
  ['a line cut by a chunk border comes out whole', 100, ['one\ntw', 'o\n'], ['one\ntwo\n']],
  ['a cut line counts with all its bytes', 8, ['12345', '67\nx\n'], ['1234567\n', 'x\n']],
  ['a newline may come alone', 100, ['one', '\n'], ['one\n']],
  ['a line may come in many pieces', 100, ['o', 'n', '', 'e', '\ntwo\n'], ['one\ntwo\n']],
  ['two cut lines follow each other', 100, ['a\nb', 'b\nc', 'c\n'], ['a\nbb\ncc\n']],
  ['characters of several bytes are measured in bytes', 5, ['üü\nß\n'], ['üü\n', 'ß\n']],
  ['empty lines are records', 100, ['\n\n', '\n'], ['\n\n\n']],
  ['a last line without a newline gets one', 100, ['one\ntwo'], ['one\ntwo\n']],
  ['a last line in pieces gets one newline', 100, ['t', 'w', 'o'], ['two\n']],
  ['empty chunks make no batch', 1, ['', ''], []]
]

for (const [title, batchBytes, chunks, payloads] of cases) {
  test(title, async t => {
    const batches = toBatches(batchBytes, chunks)
    t.same(toTexts(batches), payloads)
    t.same(
      batches.map(({ count }) => count),
      payloads.map(payload => countNewlines(Buffer.from(payload)))
    )
    const asBuffers = chunks.map(chunk => Buffer.from(chunk))
    t.same(toTexts(toBatches(batchBytes, asBuffers)), payloads, 'given as Buffers')
  })
}

test('several batches may be gathered before they leave', t => {
  const batches: Batch[] = []
  const batcher = new Batcher({ batchBytes: 4, gatherBytes: 10, batchMs }, batch =>
    batches.push(batch)
  )
  batcher.add('a\nb\nc\n', 0)
  t.notOk(batcher.isFull, '6 of 10 bytes')
  batcher.add('d\ne\n', 1)
  t.ok(batcher.isFull)
  batcher.cut()
  t.strictSame(toTexts(batches), ['a\nb\n', 'c\nd\n'])
  t.notOk(batcher.isFull)
  t.end()
})

test('batches become smaller where collectors take less, and as large as before where they take more again', async t => {
  const sizes: number[] = []
  const batcher = new Batcher({ batchBytes: 100, batchMs }, ({ bytes }) => sizes.push(bytes))
  for (const maxBatchBytes of [30, 1000]) {
    batcher.maxBatchBytes = maxBatchBytes
    for (let line = 0; line < 30; line++) batcher.add('123456789\n', 0)
    batcher.cut()
  }
  t.strictSame(sizes, [...Array.from({ length: 10 }, () => 30), 100, 100, 100])
})

test('records are numbered from 1 on, over all batches', async t => {
  const batches = toBatches(4, ['a\nb\nc\n', 'd\ne', '\nf'])
  t.same(
    batches.map(({ first, count }) => [first, count]),
    [
      [1, 2],
      [3, 2],
      [5, 2]
    ]
  )
})

test('a character cut at any of its bytes comes out whole', async t => {
  const text = '{"msg":"ü€😀"}\n{"msg":"日本"}\n'
  const bytes = Buffer.from(text)
  for (let offset = 0; offset <= bytes.length; offset++) {
    const chunks = [bytes.subarray(0, offset), bytes.subarray(offset)]
    t.same(toTexts(toBatches(large, chunks)), [text], `cut at ${offset}`)
  }
  const single = [...bytes].map(byte => Buffer.of(byte))
  t.same(toTexts(toBatches(1, single)).length, 2, 'given byte by byte')
})

test('a line of 10 MiB is one record, and the open ones go before it', async t => {
  const line = Buffer.alloc(10 * 1024 * 1024, 'x')
  const chunks = ['before\n', ...cutAnywhere(line, 1, 65_536), '\nafter\n']
  const [batch, after] = toBatches(65_536, chunks)
  t.equal(batch?.count, 2)
  t.ok(batch && toBytes(batch.payload).equals(Buffer.from(`before\n${line.toString()}\n`)))
  t.match(after, { first: 3, count: 1 })
})

test('binary rubbish passes unchanged, whatever the chunks', async t => {
  const random = createRandom(2)
  const rubbish = Buffer.from(Array.from({ length: 50_000 }, () => random(256)))
  rubbish[rubbish.length - 1] = 0x0a
  for (const maxChunkBytes of [10, 300, 9000]) {
    const batches = toBatches(1000, cutAnywhere(rubbish, maxChunkBytes, maxChunkBytes))
    t.ok(Buffer.concat(toPayloads(batches)).equals(rubbish))
    let expected = 1
    for (const { first, count, payload, bytes } of batches) {
      if (first !== expected) t.fail(`batch begins with ${first} instead of ${expected}`)
      if (toBytes(payload).at(-1) !== 0x0a) t.fail('batch ends within a record')
      if (count !== countNewlines(toBytes(payload))) t.fail('batch is miscounted')
      if (bytes !== payload.length) t.fail('batch is mismeasured')
      expected += count
    }
    t.equal(expected - 1, countNewlines(rubbish))
  }
})

test('whole records that wait are counted, the start of a line is not', async t => {
  const batcher = new Batcher({ batchBytes: 100, batchMs }, () => undefined)
  batcher.add('one\ntwo\nthr', 0)
  t.equal(batcher.countOpen(), 2)
  batcher.add('ee\n', 0)
  t.equal(batcher.countOpen(), 3)
  batcher.close()
  t.equal(batcher.countOpen(), 0)
})

test('close leaves the start of a line for the next batch', async t => {
  const batches: Batch[] = []
  const batcher = new Batcher({ batchBytes: 100, batchMs }, batch => batches.push(batch))
  batcher.add('one\ntw', 0)
  batcher.close()
  batcher.close()
  batcher.add('o\n', 0)
  batcher.end()
  batcher.end()
  t.same(toTexts(batches), ['one\n', 'two\n'])
})

test('a batch within one chunk shares its memory', async t => {
  const chunk = Buffer.from('one\ntwo\n')
  const [batch] = toBatches(100, [chunk])
  t.equal(batch && toBytes(batch.payload).buffer, chunk.buffer)
})

test('ASCII text stays text, as do the pieces of a long one that are ASCII', async t => {
  t.same(toBatches(100, ['one\ntw', 'o\n'])[0]?.payload, 'one\ntwo\n')
  const line = `${'x'.repeat(999)}\n`
  const text = `${line.repeat(100)}grün 😀\n${line.repeat(200)}`
  const batches = toBatches(5000, [text])
  t.equal(Buffer.concat(toPayloads(batches)).toString(), text)
  t.equal(
    batches.reduce((sum, { count }) => sum + count, 0),
    301
  )
  const asBytes = batches.filter(({ payload }) => typeof payload !== 'string')
  t.ok(asBytes.length > 0 && asBytes.length < batches.length / 2, `${asBytes.length} batches`)
  for (const { payload, bytes } of batches) t.equal(bytes, Buffer.byteLength(payload))
})

/** What a batcher makes of chunks where a record may have 10 bytes: payloads, and numbers of dropped records. */
function cutWithLimit(chunks: Iterable<string | Buffer>): string[] {
  const made: string[] = []
  const batcher = new Batcher(
    {
      batchBytes: 8,
      batchMs,
      recordBytes: 10,
      onTooLong: ({ first, count }) => void made.push(`${first} dropped ${count}`)
    },
    ({ first, payload }) => made.push(`${first} ${payload.toString()}`)
  )
  for (const chunk of chunks) {
    batcher.add(chunk, 0)
    batcher.cut()
  }
  batcher.end()
  return made
}

const tooLong: [what: string, text: string, made: string[]][] = [
  ['as long as may be', '123456789\n', ['1 123456789\n']],
  ['too long by one byte', '1234567890\n', ['1 dropped 1']],
  ['too long between others', 'a\nb\n12345678901\nc\n', ['1 a\nb\n', '3 dropped 1', '4 c\n']],
  ['too long twice', '1234567890\n12345678901\nc\n', ['1 dropped 1', '2 dropped 1', '3 c\n']],
  ['too long by its characters of several bytes', 'üüüüü\nü\n', ['1 dropped 1', '2 ü\n']],
  [
    'too long by far, without a newline at the end',
    'a\n' + '1'.repeat(50),
    ['1 a\n', '2 dropped 1']
  ]
]

for (const [what, text, made] of tooLong) {
  test(`a record that is ${what}, in chunks of any size`, async t => {
    t.strictSame(cutWithLimit([text]), made, 'as text')
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) {
      const parts = Math.ceil(bytes.length / size)
      const chunks = Array.from({ length: parts }, (_, part) =>
        bytes.subarray(part * size, (part + 1) * size)
      )
      t.strictSame(cutWithLimit(chunks), made, `in chunks of ${size} bytes`)
    }
  })
}

test('a line that never ends is not kept', async t => {
  let kept = 0
  const batcher = new Batcher(
    { batchBytes: 8, batchMs, recordBytes: 1000, onTooLong: ({ count }) => void (kept -= count) },
    () => undefined
  )
  const before = process.memoryUsage().arrayBuffers
  for (let part = 0; part < 200; part++) {
    batcher.add(Buffer.alloc(1024 * 1024, 'x'), 0)
    batcher.cut()
  }
  globalThis.gc?.()
  t.ok(process.memoryUsage().arrayBuffers - before < 100 * 1024 * 1024)
  batcher.end()
  t.equal(kept, -1)
})

test('a batch has no more records than a collector takes', async t => {
  const counts = toBatches(2 ** 23, ['\n'.repeat(150_000)]).map(({ count }) => count)
  t.strictSame(counts, [65_536, 65_536, 150_000 - 2 * 65_536])
})

/** Times at which lines come, and when the batch with the last of them is due, if all that were due before have left. */
const dueTimes: [what: string, times: number[], dueAt: number][] = [
  ['the first line is due at once', [1000], 1000],
  ['one that follows soon waits for others', [1000, 1003], 1028],
  ['one that follows less soon waits four times as long', [1000, 1010], 1110],
  ['those that follow it leave with it', [1000, 1010, 1025, 1040], 1110],
  ['unless they come faster than the first ones', [1000, 1010, 1012], 1035],
  ['the one after them waits as long', [1000, 1010, 1020, 1111], 1111],
  [
    'one after which the next would come too late at this pace is not waited for',
    [1000, 1010, 1030, 1050, 1070, 1090],
    1090
  ],
  ['one after which it would just come in time waits', [1000, 1005, 1010, 1015, 1020], 1030],
  ['one after a pause of 25 ms waits', [1000, 1025], 1125],
  ['one after a longer pause is due at once', [1000, 1026], 1026],
  ['each of many with such pauses is', [1000, 1026, 1052, 1078], 1078],
  ['after a pause that is too long they are overdue', [1000, 1010, 1036], 1035]
]

for (const [what, times, dueAt] of dueTimes) {
  test(what, async t => {
    const batcher = new Batcher({ batchBytes: 100, batchMs }, () => undefined)
    for (const now of times) {
      if (batcher.isDue(now)) batcher.close()
      const before = batcher.dueAt
      t.equal(batcher.add('a\n', now), batcher.dueAt !== before)
    }
    t.equal(batcher.dueAt, dueAt)
    t.ok(batcher.isDue(dueAt))
    t.notOk(batcher.isDue(dueAt - 2))
    batcher.close()
    t.equal(batcher.dueAt, Number.POSITIVE_INFINITY)
  })
}

test('where much comes it waits four times as long, unless that is the last in time', async t => {
  const line = `${'x'.repeat(1023)}\n`
  const batcher = new Batcher({ batchBytes: large, batchMs }, () => undefined)
  batcher.add(line, 1000)
  batcher.close()
  for (let now = 1001; now <= 1015; now++) batcher.add(line, now)
  t.equal(batcher.dueAt, 1026, '15 KiB')
  t.notOk(batcher.add(line, 1016), 'nobody must be woken before')
  t.equal(batcher.dueAt, 1101)
  t.notOk(batcher.isDue(1026))
  t.ok(batcher.add(line, 1060))
  t.equal(batcher.dueAt, 1060)
})

test('one that is known to be the last in time is due at once, with those before it', async t => {
  const batcher = new Batcher({ batchBytes: 100, batchMs }, () => undefined)
  batcher.add('a\n', 1000)
  batcher.close()
  batcher.add('b\n', 1003)
  t.equal(batcher.dueAt, 1028)
  t.ok(batcher.add('c\n', 1006, true), 'who waits must be woken')
  t.equal(batcher.dueAt, 1006)
  batcher.close()
  batcher.add('d\n', 1009)
  t.equal(batcher.dueAt, 1034, 'the next one waits again')
})

test('with a longer batchMs a pause must be as long', async t => {
  const batcher = new Batcher({ batchBytes: 100, batchMs: 1000 }, () => undefined)
  batcher.add('a\n', 5000)
  batcher.close()
  batcher.add('b\n', 5999)
  t.equal(batcher.dueAt, 6999)
  batcher.close()
  batcher.add('c\n', 7000)
  t.equal(batcher.dueAt, 7000)
})

test('what is left of a full batch waits from then on', async t => {
  const batches: Batch[] = []
  const batcher = new Batcher({ batchBytes: 4, batchMs }, batch => batches.push(batch))
  batcher.add('a\n', 1000)
  batcher.close()
  batcher.add('b\n', 1010)
  t.notOk(batcher.isFull)
  batcher.add('c\nd\n', 1020)
  t.ok(batcher.isFull)
  batcher.cut()
  t.notOk(batcher.isFull)
  t.equal(batcher.dueAt, 1120)
  batcher.close()
  t.same(toTexts(batches), ['a\n', 'b\nc\n', 'd\n'])
})
