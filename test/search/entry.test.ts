import { test } from 'tap'
import { Entry, noRecord } from '../../lib/search/entry.ts'
import type { LineSettings } from '../../lib/search/query.ts'
import { findRanges, ndjsonLines, textLines } from '../helpers/entries.ts'

/** Goes to entries of a chunk, and reads of each what `read` says. */
function readAll<Value>(
  lines: LineSettings,
  chunk: Buffer,
  ranges: number[],
  read: (entry: Entry) => Value
): Value[] {
  const entry = new Entry(lines)
  entry.begin(chunk)
  const values: Value[] = []
  for (let index = 0; index < ranges.length; index += 2) {
    entry.moveTo(ranges[index] as number, ranges[index + 1] as number)
    values.push(read(entry))
  }
  return values
}

const readFacts = ({ facts: { timeMs, level } }: Entry) => ({ timeMs, level })

test('an entry of NDJSON has a text, a record, a time and a level', async t => {
  const chunk = Buffer.from(
    '{"level":30,"time":1795417565000,"msg":"a"}\n{"level":50,"time":1795417566000,"msg":"b"}\n'
  )
  const found = readAll(ndjsonLines, chunk, findRanges(chunk), entry => ({
    text: entry.text,
    record: entry.record,
    ...readFacts(entry)
  }))
  t.strictSame(found, [
    {
      text: '{"level":30,"time":1795417565000,"msg":"a"}',
      record: { level: 30, time: 1_795_417_565_000, msg: 'a' },
      timeMs: 1_795_417_565_000,
      level: 30
    },
    {
      text: '{"level":50,"time":1795417566000,"msg":"b"}',
      record: { level: 50, time: 1_795_417_566_000, msg: 'b' },
      timeMs: 1_795_417_566_000,
      level: 50
    }
  ])
})

test('the keys of time and level may be others', async t => {
  const chunk = Buffer.from('{"msg":"a","ts":1795417565000,"lvl":40}\n')
  const lines = { ...ndjsonLines, timeKey: 'ts', levelKey: 'lvl' }
  t.strictSame(readAll(lines, chunk, findRanges(chunk), readFacts), [
    { timeMs: 1_795_417_565_000, level: 40 }
  ])
})

for (const line of ['no record', '[1]', '5', 'null', '{"cut":', '']) {
  test(`'${line}' is no record, and has no time and no level`, async t => {
    const chunk = Buffer.from(`${line}\n`)
    const read = (entry: Entry) => [entry.record === noRecord, entry.text, readFacts(entry)]
    const unknown = { timeMs: Number.NaN, level: Number.NaN }
    t.strictSame(readAll(ndjsonLines, chunk, [0, chunk.length], read), [[true, line, unknown]])
  })
}

test('a last line without a newline is whole, and invalid bytes are replaced', async t => {
  const chunk = Buffer.from('a\nb\xffc', 'latin1')
  t.strictSame(
    readAll(ndjsonLines, chunk, findRanges(chunk), ({ text }) => text),
    ['a', 'b\uFFFDc']
  )
})

const textChunk = Buffer.from(
  '2026-11-23 07:06:05,123 | ERROR | one\n    its stack\n2026-11-23 07:06:06,123 | INFO | two\n'
)
const [firstMs, secondMs] = [5, 6].map(second => Date.UTC(2026, 10, 23, 7, 6, second, 123))

test('an entry of the text format has all its lines, and is no record', async t => {
  const ranges = findRanges(textChunk, 'text')
  const read = (entry: Entry) => [entry.text, entry.record === noRecord]
  t.strictSame(readAll(textLines, textChunk, ranges, read), [
    ['2026-11-23 07:06:05,123 | ERROR | one\n    its stack', true],
    ['2026-11-23 07:06:06,123 | INFO | two', true]
  ])
})

test('a JSON object in a log of the text format is no record', async t => {
  const chunk = Buffer.from('{"level":30}\n')
  t.strictSame(
    readAll(textLines, chunk, findRanges(chunk), ({ record }) => record === noRecord),
    [true]
  )
})

test('a line that continues an entry has the time and level of that entry, also if only it is asked for', async t => {
  const stackAt = textChunk.indexOf('    its stack')
  const secondAt = textChunk.lastIndexOf('2026')
  const ranges = [stackAt, secondAt, secondAt, textChunk.length]
  t.strictSame(readAll(textLines, textChunk, ranges, readFacts), [
    { timeMs: firstMs, level: 50 },
    { timeMs: secondMs, level: 30 }
  ])
})

test('a chunk knows nothing of the one before', async t => {
  const entry = new Entry(textLines)
  entry.begin(textChunk)
  entry.moveTo(0, textChunk.length)
  t.equal(entry.facts.level, 50)
  const next = Buffer.from('something else\n')
  entry.begin(next)
  entry.moveTo(0, next.length)
  t.strictSame(readFacts(entry), { timeMs: Number.NaN, level: Number.NaN })
})
