import { test } from 'tap'
import {
  parseInputValue,
  showMark,
  showDateTime,
  showTime,
  toInputValue
} from '../../../lib/viewer/page/model/clock.ts'

const timeMs = new Date(2026, 10, 3, 8, 5, 6, 7).getTime()

test('times are shown in the time zone of the browser', async t => {
  t.equal(showTime(timeMs, false), '08:05:06.007')
  t.equal(showTime(timeMs, true), '11-03 08:05:06.007')
  t.equal(showDateTime(timeMs), '2026-11-03 08:05:06.007')
  for (const unknown of [Number.NaN, Infinity, 1e300]) {
    t.equal(showTime(unknown, true), '-')
    t.equal(showDateTime(unknown), '-')
  }
})

test('an input of date and time keeps its seconds', async t => {
  t.equal(toInputValue(timeMs), '2026-11-03T08:05:06')
  t.equal(parseInputValue('2026-11-03T08:05:06'), timeMs - 7)
  t.ok(Number.isNaN(parseInputValue('')))
})

test('the marks of an axis are as exact as its length needs', async t => {
  const minute = 60_000
  const lengths = [5000, minute, 60 * minute, 24 * 60 * minute, 7 * 24 * 60 * minute]
  const marks = lengths.map(length => showMark(timeMs, length))
  t.strictSame(marks, ['08:05:06.007', '08:05:06', '08:05', '08:05', '11-03'])
  t.equal(showMark(new Date(2026, 10, 3).getTime(), 24 * 60 * minute), '11-03', 'a new day')
})
