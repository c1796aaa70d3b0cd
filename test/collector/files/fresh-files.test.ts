import { test } from 'tap'
import { FreshFiles } from '../../../lib/collector/files/fresh-files.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const now = Date.parse('2026-11-23T12:00:00Z')

function fileAged(ageMs: number, path = 'a.log') {
  const isCompressed = path.endsWith('.gz')
  return { path, log: '', period: '', index: 0, isCompressed, bytes: 1, writtenAt: now - ageMs }
}

test('a file is fresh for a minute after its last write', async t => {
  const fresh = new FreshFiles()
  for (const ageMs of [0, 59_000, -59_000]) t.ok(fresh.has(fileAged(ageMs), now, 0), `${ageMs}`)
  for (const ageMs of [61_000, dayMs, -dayMs]) t.notOk(fresh.has(fileAged(ageMs), now, 0))
})

test('a file is fresh for a minute after it was seen open, whatever its time says', async t => {
  const fresh = new FreshFiles()
  fresh.note(['a.log'], 0)
  fresh.note([], hourMs) // it was closed at any time in between
  const file = fileAged(hourMs)
  t.ok(fresh.has(file, now, hourMs + 59_000))
  t.notOk(fresh.has(file, now, hourMs + 61_000))
  t.notOk(fresh.has(fileAged(hourMs, 'b.log'), now, hourMs))
})

test('a file whose time differs by more than a day is fresh for a day, also compressed', async t => {
  const fresh = new FreshFiles()
  fresh.note(['a.log'], 0)
  for (const ageMs of [900 * dayMs, -900 * dayMs]) {
    t.ok(fresh.has(fileAged(ageMs), now, dayMs - 1))
    t.ok(fresh.has(fileAged(ageMs, 'a.log.gz'), now, dayMs - 1))
    t.notOk(fresh.has(fileAged(ageMs), now, dayMs + 1))
  }
})

test('files that were open long ago are forgotten', async t => {
  const fresh = new FreshFiles()
  fresh.note(['a.log'], 0)
  fresh.note([], 1)
  fresh.note([], dayMs + 2)
  t.notOk(fresh.has(fileAged(900 * dayMs), now, 2))
})
