import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test, type Test } from 'tap'
import { JobRunner } from '../../lib/search/job-runner.ts'
import type { Job, Part } from '../../lib/search/jobs.ts'
import { everything, type OutputSettings, type Query } from '../../lib/search/query.ts'
import { jsonOutput, ndjsonLines } from '../helpers/entries.ts'

const values = { app: undefined, host: undefined }
const startMs = 1_795_417_565_000
const toLine = (index: number): string =>
  `${JSON.stringify({ level: 30 + 10 * (index % 3), time: startMs + index, msg: `line ${index}` })}\n`
const lines = Array.from({ length: 9 }, (_, index) => toLine(index))
const text = lines.join('')
const lineBytes = toLine(0).length

function openFile(t: Test, bytes: string | Buffer): number {
  const path = join(t.testdir({}), 'log')
  writeFileSync(path, bytes)
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  return fd
}

/** Runs a job. @param wanted how many parts are taken */
async function run(
  job: Job,
  query: Partial<Query> = {},
  output: Partial<OutputSettings> = {},
  wanted = Number.POSITIVE_INFINITY
) {
  const runner = await JobRunner.create({
    query: { ...everything, ...query },
    lines: ndjsonLines,
    output: { ...jsonOutput, ...output }
  })
  const parts: Part[] = []
  let error: unknown
  try {
    await runner.run(job, async part => parts.push(part) < wanted)
  } catch (thrown) {
    error = thrown
  }
  return {
    parts,
    error,
    text: parts.map(({ bytes }) => Buffer.from(bytes).toString()).join(''),
    hits: parts.reduce((sum, { hits }) => sum + hits, 0),
    damaged: parts.findIndex(({ damage }) => damage !== undefined),
    doneBytes: parts.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  }
}

/** The ranges of a plain file, three lines each, one byte off the beginnings of lines. */
function toRanges(fd: number, isSummarized = false): Job {
  const length = 3 * lineBytes
  const ranges = [0, 1, 2].map(index => ({ offset: index * length, length, isSummarized }))
  return { kind: 'ranges', values, fd, size: text.length, ranges }
}

/** The same as gzipped blocks that an index lists. */
function toBlocks(t: Test, damage: (block: Buffer, index: number) => void = () => undefined): Job {
  const pieces = [0, 3, 6].map(index => Buffer.from(lines.slice(index, index + 3).join('')))
  const stored = pieces.map(piece => gzipSync(piece))
  for (const [index, block] of stored.entries()) damage(block, index)
  let offset = 0
  const blocks = stored.map(({ length }, index) => {
    const block = { offset, length, bytes: pieces[index]?.length ?? 0 }
    offset += length
    return block
  })
  return {
    kind: 'blocks',
    values,
    fd: openFile(t, Buffer.concat(stored)),
    blocks,
    compression: 'gzip'
  }
}

/** The same as one gzipped file. */
function toFile(t: Test): Job & { kind: 'file' } {
  const bytes = gzipSync(text)
  return { kind: 'file', values, fd: openFile(t, bytes), size: bytes.length, compression: 'gzip' }
}

const kinds: [kind: string, make: (t: Test) => Job][] = [
  ['ranges of a plain file', t => toRanges(openFile(t, text))],
  ['blocks of a compressed file', toBlocks],
  ['a whole compressed file', toFile]
]

for (const [kind, make] of kinds) {
  test(`in ${kind} all is found, in its order`, async t => {
    const found = await run(make(t))
    t.strictSame([found.text, found.hits, found.error], [text, 9, undefined])
  })

  test(`in ${kind} only what matches is found, the newest first where that is wanted`, async t => {
    const matching = lines.filter((_, index) => index % 3 === 2)
    t.equal((await run(make(t), { level: 50 })).text, matching.join(''))
    const reversed = await run(make(t), { level: 50 }, { isReversed: true })
    t.equal(reversed.text, matching.toReversed().join(''))
  })

  test(`in ${kind} entries are counted in place of an output`, async t => {
    const { parts, text: none } = await run(make(t), {}, { form: { countBy: 'level' } })
    t.equal(none, '')
    const counts: Record<string, number> = {}
    for (const [value, count] of parts.flatMap(part => part.counts)) {
      counts[value] = (counts[value] ?? 0) + count
    }
    t.strictSame(counts, { info: 3, warn: 3, error: 3 })
  })

  test(`in ${kind} the search ends when nothing more is wanted`, async t => {
    const { parts, error } = await run(make(t), {}, { limit: 1 }, 1)
    t.strictSame([parts.length, error], [1, undefined])
    t.equal(Buffer.from(parts[0]?.bytes ?? []).toString('utf8', 0, lineBytes), lines[0])
  })
}

test('how many bytes of the file are done is told, also where nothing is found', async t => {
  const nothing = { texts: ['no such text'] }
  t.equal((await run(toRanges(openFile(t, text)), nothing)).doneBytes, text.length)
  const file = toFile(t)
  t.equal((await run(file, nothing)).doneBytes, file.size)
  t.equal((await run(file, nothing, { isReversed: true })).doneBytes, file.size)
})

test('each range is summarized where that is wanted, but not the last one, which may be written on', async t => {
  const { parts } = await run(toRanges(openFile(t, text), true))
  t.match(
    parts.flatMap(({ summary }) => summary ?? []),
    [0, 3].map(index => ({
      offset: index * lineBytes,
      timesMs: [startMs + index, startMs + index + 2],
      levels: [30, 40, 50]
    }))
  )
})

test('numbers by time are made in place of an output', async t => {
  const form = { buckets: { firstMs: startMs, bucketMs: 1000 } }
  const { parts, hits } = await run(toRanges(openFile(t, text)), {}, { form })
  t.equal(hits, 9)
  t.ok(parts.every(({ timeCounts }) => timeCounts !== undefined && timeCounts.withoutTime === 0))
})

test('for people records are readable', async t => {
  const { text: pretty } = await run(toFile(t), { texts: ['line 4'] }, { form: 'pretty' })
  t.match(pretty, /^\[[\d-]+ [\d:,]+\] WARN: line 4\n$/)
})

for (const isReversed of [false, true]) {
  const order = isReversed ? ', the newest first' : ''

  test(`what a file has that was cut is found${order}, and the damage is told`, async t => {
    const whole = gzipSync(text)
    const bytes = Buffer.concat([whole, whole.subarray(0, 15)])
    const job = { ...toFile(t), fd: openFile(t, bytes), size: bytes.length }
    const found = await run(job, {}, { isReversed })
    t.equal(found.text, (isReversed ? lines.toReversed() : lines).join(''))
    if (isReversed) t.equal(found.damaged, 0)
    else t.ok(found.error instanceof Error)
  })

  test(`of a damaged block all is found that comes before the damage${order}, and of the others all`, async t => {
    const spoilChecksum = (block: Buffer, index: number): void => {
      if (index === 1) block.writeUInt8(block.readUInt8(block.length - 8) ^ 1, block.length - 8)
    }
    const whole = await run(toBlocks(t, spoilChecksum), {}, { isReversed })
    t.equal(whole.text, (isReversed ? lines.toReversed() : lines).join(''))
    t.strictSame([whole.damaged, whole.error], [1, undefined])

    const spoilHeader = (block: Buffer, index: number): void => {
      if (index === 1) block.writeUInt8(0, 0)
    }
    const others = [...lines.slice(0, 3), ...lines.slice(6)]
    const rest = await run(toBlocks(t, spoilHeader), {}, { isReversed })
    t.equal(rest.text, (isReversed ? others.toReversed() : others).join(''))
    t.strictSame([rest.damaged, rest.error], [1, undefined])
  })
}

test('the damage of a file is told with its newest records, because no others may be wanted', async t => {
  const bytes = gzipSync(text).subarray(0, -1)
  const job = { ...toFile(t), fd: openFile(t, bytes), size: bytes.length }
  const { parts, damaged } = await run(job, {}, { isReversed: true, limit: 1 }, 1)
  t.strictSame([parts.length, damaged], [1, 0])
})

test('of a large compressed file the parts come in reverse, too', async t => {
  const filler = `${'x'.repeat(999)}\n`.repeat(2000)
  const bytes = gzipSync([1, 2, 3].map(index => `found ${index}\n${filler}`).join(''))
  const job = { ...toFile(t), fd: openFile(t, bytes), size: bytes.length }
  const { text: found, parts } = await run(job, { texts: ['found'] }, { isReversed: true })
  t.equal(found, 'found 3\nfound 2\nfound 1\n')
  t.ok(parts.length > 2)
})

test('a block that would be larger than any entry may be is refused before memory is taken for it', async t => {
  const blocks = [{ offset: 0, length: 10, bytes: 2 ** 40 }]
  const { parts } = await run({
    kind: 'blocks',
    values,
    fd: openFile(t, text),
    blocks,
    compression: 'gzip'
  })
  t.match(parts[0]?.damage, { message: /longer than \d+ bytes/ })
})
