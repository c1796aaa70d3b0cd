import { test } from 'tap'
import { PrettyPrinter } from '../../lib/search/pretty-record.ts'
import { Renderer } from '../../lib/search/renderer.ts'
import type { LineSettings, OutputSettings } from '../../lib/search/query.ts'
import { findRanges, jsonOutput, ndjsonLines, textLines } from '../helpers/entries.ts'

/** The output of all entries of a chunk, or of those in the ranges. */
function render(
  text: string | Buffer,
  output: Partial<OutputSettings> = {},
  lines: LineSettings = ndjsonLines,
  ranges?: number[]
) {
  const chunk = Buffer.from(text)
  const printer =
    output.form === 'pretty' && lines.format === 'ndjson'
      ? new PrettyPrinter(lines, false)
      : undefined
  const renderer = new Renderer(lines, { ...jsonOutput, ...output }, printer)
  const { bytes, ends } = renderer.render(chunk, ranges ?? findRanges(chunk, lines.format))
  return { text: bytes.toString(), ends, bytes }
}

const time = Date.UTC(2026, 10, 23, 7, 6, 5, 123)
const textEntries =
  '2026-11-23 07:06:05,123 | ERROR | one\n    its stack\n2026-11-23 07:06:05,123 | INFO | two\n'

test('lines of NDJSON are copied byte by byte, also those that are no UTF-8', async t => {
  const chunk = Buffer.from('{"a":1}\n\xff\u001b[2J\n{"b":2}\n', 'latin1')
  const { bytes, ends } = render(chunk)
  t.ok(bytes.equals(chunk))
  t.strictSame(ends, [])
})

test('only the entries that were found are copied', async t => {
  t.equal(render('a\nb\nc\nd\n', {}, ndjsonLines, [0, 2, 4, 6, 6, 8]).text, 'a\nc\nd\n')
})

test('a last line without a newline gets one', async t => {
  for (const output of [{}, { isReversed: true }, { limit: 5 }, { isTerminal: true }]) {
    const { text } = render('a\nb', output)
    t.equal(text, output.isReversed ? 'b\na\n' : 'a\nb\n', JSON.stringify(output))
  }
})

test('the newest may come first', async t => {
  t.equal(render('a\nb\nc\n', { isReversed: true }).text, 'c\nb\na\n')
})

test('with a limit it is known where the output of each entry ends, in the order of the output', async t => {
  t.strictSame(render('a\nbb\nccc\n', { limit: 2 }).ends, [2, 5, 9])
  t.strictSame(render('a\nbb\nccc\n', { limit: 2, isReversed: true }).ends, [4, 7, 9])
})

test('the output has memory of its own, which can be given to another thread', async t => {
  for (const output of [{}, { isReversed: true }, { limit: 5 }]) {
    const chunk = Buffer.from('a\nb\n')
    const { bytes } = new Renderer(ndjsonLines, { ...jsonOutput, ...output }, undefined).render(
      chunk,
      findRanges(chunk)
    )
    const before = bytes.toString()
    chunk.fill(0)
    t.equal(bytes.toString(), before)
    t.doesNotThrow(() => structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }))
  }
})

test('a terminal gets nothing that it acts on', async t => {
  t.equal(render('a\u001b[2J\n', { isTerminal: true }).text, `${String.raw`a\u001b[2J`}\n`)
})

test('for people a record is a line of pino-pretty, and any other line is as it is', async t => {
  const record = JSON.stringify({ level: 30, time, msg: 'hello' })
  t.equal(
    render(`${record}\nno record\u001b[2J\n`, { form: 'pretty' }).text,
    `[2026-11-23 07:06:05,123] INFO: hello\n${String.raw`no record\u001b[2J`}\n`
  )
})

test('for people entries of the text format keep their lines', async t => {
  t.equal(render(textEntries, { form: 'pretty' }, textLines).text, textEntries)
})

test('as JSON an entry of the text format is an object, with what is known of it', async t => {
  t.strictSame(
    render(`${textEntries}anything else\n`, {}, textLines)
      .text.split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as unknown),
    [
      { level: 50, time, text: '2026-11-23 07:06:05,123 | ERROR | one\n    its stack' },
      { level: 30, time, text: '2026-11-23 07:06:05,123 | INFO | two' },
      { text: 'anything else' }
    ]
  )
})

test('people see the beginning of a very long entry, and what to do for the rest', async t => {
  const shownBytes = 256 * 1024
  const { text } = render(`${'x'.repeat(shownBytes + 10)}\n`, { form: 'pretty' })
  t.equal(text.length, shownBytes + ' … (11 more bytes; --json prints all)\n'.length)
  t.match(text, / … \(11 more bytes; --json prints all\)\n$/)
  const whole = `${'x'.repeat(shownBytes - 1)}\n`
  t.equal(render(whole, { form: 'pretty' }).text, whole)
})

test('with a limit for entries, a longer one is a record with its length and its beginning', async t => {
  const long = `{"level":50,"time":${time},"msg":"${'x'.repeat(5000)}"}`
  const short = '{"level":30,"msg":"short"}'
  const lines = render(`${short}\n${long}\n`, { maxEntryBytes: 1000 }).text.split('\n')
  t.equal(lines[0], short)
  t.strictSame(JSON.parse(lines[1] ?? ''), {
    level: 50,
    time,
    recordBytes: long.length,
    msg: long.slice(0, 2048)
  })
  t.equal(render(`${short}\n`, { maxEntryBytes: 1000 }).text, `${short}\n`)
})

test('nothing found is no output', async t => {
  t.equal(render('', { isReversed: true }).text, '')
  t.equal(render('', { limit: 3 }).text, '')
})
