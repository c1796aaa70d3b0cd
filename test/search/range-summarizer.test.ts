import { test } from 'tap'
import { RangeSummarizer } from '../../lib/search/range-summarizer.ts'
import { ndjsonLines } from '../helpers/entries.ts'

const startMs = 1_795_417_565_000

/** Lines with these levels, a second after the other. */
function toChunk(levels: number[]): Buffer {
  const lines = levels.map((level, index) =>
    JSON.stringify({ level, time: startMs + 1000 * index, msg: 'x'.repeat(10) })
  )
  return Buffer.from(`${lines.join('\n')}\n`)
}

const range = { offset: 4000, length: 100, isSummarized: true }

test('a summary has the range, its first and last time, its levels, and the bytes at its end', async t => {
  const chunk = toChunk([30, 50, 30])
  const summary = new RangeSummarizer(ndjsonLines).summarize(range, chunk, 4005)
  t.strictSame(
    { ...summary, mark: { ...summary.mark, bytes: Buffer.from(summary.mark.bytes).toString() } },
    {
      offset: 4000,
      length: 100,
      timesMs: [startMs, startMs + 2000],
      levels: [30, 50],
      mark: { offset: 4005, bytes: chunk.toString() }
    }
  )
})

test('of a long range the mark has the last KiB, in memory of its own', async t => {
  const chunk = toChunk(Array.from({ length: 100 }, () => 30))
  const expected = Buffer.from(chunk.subarray(-1024))
  const { mark } = new RangeSummarizer(ndjsonLines).summarize(range, chunk, 4005)
  chunk.fill(0) // the reader uses it for the next range
  t.equal(mark.offset, 4005 + chunk.length - 1024)
  t.ok(expected.equals(mark.bytes))
})

test('times need not ascend', async t => {
  const chunk = Buffer.concat([toChunk([10, 20, 30]), toChunk([40])])
  const { timesMs, levels } = new RangeSummarizer(ndjsonLines).summarize(range, chunk, 0)
  t.strictSame(timesMs, [startMs, startMs + 2000])
  t.strictSame(levels, [10, 20, 30, 40])
})

test('where a line has no time or no level, the range is never skipped for it', async t => {
  const summarizer = new RangeSummarizer(ndjsonLines)
  const lines = Buffer.concat([toChunk([30]), Buffer.from('no record\n'), toChunk([50])])
  t.match(summarizer.summarize(range, lines, 0), { timesMs: undefined, levels: undefined })
  t.match(
    summarizer.summarize(range, toChunk([50]), 0),
    {
      timesMs: [startMs, startMs],
      levels: [50]
    },
    'the next range is summarized by itself'
  )
})

test('in the text format a further line of an entry has its time and level', async t => {
  const chunk = Buffer.from('2026-11-23 07:06:05,123 | ERROR | one\n    its stack\n')
  const timeMs = Date.UTC(2026, 10, 23, 7, 6, 5, 123)
  const summary = new RangeSummarizer(ndjsonLines).summarize(range, chunk, 0)
  t.match(summary, { timesMs: [timeMs, timeMs], levels: [50] })
})
