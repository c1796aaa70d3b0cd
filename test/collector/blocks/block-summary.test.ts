import { test } from 'tap'
import { maxLevels, SummaryBuilder } from '../../../lib/collector/blocks/block-summary.ts'
import { LineFacts } from '../../../lib/collector/blocks/line-facts.ts'

function summarize(lines: readonly string[]) {
  const facts = new LineFacts({ timeKey: '', levelKey: '', timezone: 'utc' })
  const builder = new SummaryBuilder()
  for (const line of lines) {
    facts.read(Buffer.from(line), 0, Buffer.byteLength(line))
    builder.add(facts)
  }
  return builder.take()
}

const line = (level: number | string, time: number): string =>
  `{"level":${level},"time":${time},"msg":"a"}`
const ms = 1_795_417_602_000

test('a summary has the number of lines, their times and levels, in any order', async t => {
  t.strictSame(summarize([line(50, ms + 5), line(30, ms), line(30, ms + 9), line(50, ms + 1)]), {
    lines: 4,
    timesMs: [ms, ms + 9],
    levels: [30, 50]
  })
})

test('where one line has no time, or no level, the summary has none', async t => {
  t.strictSame(summarize([line(50, ms), '{"level":30}']), {
    lines: 2,
    timesMs: undefined,
    levels: [30, 50]
  })
  t.strictSame(summarize([line('"http"', ms), line(30, ms)]), {
    lines: 2,
    timesMs: [ms, ms],
    levels: undefined
  })
})

test('very many levels are none', async t => {
  const lines = Array.from({ length: maxLevels + 1 }, (_, level) => line(100 + level, ms))
  t.equal(summarize(lines.slice(1)).levels?.length, maxLevels)
  t.equal(summarize(lines).levels, undefined)
})

test('no lines have neither, and the next summary begins anew', async t => {
  const builder = new SummaryBuilder()
  const facts = new LineFacts({ timeKey: '', levelKey: '', timezone: 'utc' })
  facts.read(Buffer.from('half'), 0, 4)
  builder.add(facts)
  builder.take()
  t.strictSame(builder.take(), { lines: 0, timesMs: undefined, levels: undefined })
  facts.read(Buffer.from(line(30, ms)), 0, 50)
  builder.add(facts)
  t.strictSame(builder.take(), { lines: 1, timesMs: [ms, ms], levels: [30] })
})
