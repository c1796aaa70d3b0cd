import { test } from 'tap'
import { parseLine, type Line } from '../../../lib/viewer/page/model/line.ts'
import { LiveLines } from '../../../lib/viewer/page/model/live-lines.ts'

function makeLines(first: number, count: number): Line[] {
  return Array.from({ length: count }, (_, index) => parseLine(`{"msg":"${first + index}"}`))
}

function show(lines: LiveLines): string {
  const rows = Array.from({ length: lines.count }, (_, index) => lines.rowAt(index)?.message)
  return `${rows[0]}-${rows.at(-1)}`
}

test('the newest lines are kept', async t => {
  const lines = new LiveLines(100)
  lines.add(makeLines(0, 60))
  t.equal(show(lines), '0-59')
  lines.add(makeLines(60, 60))
  t.equal(show(lines), '20-119')
  t.equal(lines.count, 100)
})

test('while paused nothing moves, and what arrives is shown afterwards', async t => {
  const lines = new LiveLines(100)
  lines.add(makeLines(0, 10))
  lines.pause()
  lines.add(makeLines(10, 10))
  t.equal(show(lines), '0-9')
  t.equal(lines.waiting, 10)
  t.equal(lines.resume(), 0)
  t.equal(show(lines), '0-19')
  t.equal(lines.waiting, 0)
})

test('a long pause takes no more memory, and what was not kept is counted', async t => {
  const lines = new LiveLines(100)
  lines.add(makeLines(0, 10))
  lines.pause()
  for (let first = 10; first < 1010; first += 50) lines.add(makeLines(first, 50))
  t.equal(lines.waiting, 1000)
  const forgotten = lines.resume()
  t.ok(forgotten >= 890 && forgotten <= 900, `${forgotten}`)
  t.equal(lines.rowAt(lines.count - 1)?.message, '1009')
})

test('long lines take no more memory than short ones', async t => {
  const lines = new LiveLines(100, 10_000)
  const long = parseLine(JSON.stringify({ msg: 'x'.repeat(1000) }))
  for (let count = 0; count < 50; count++) lines.add([long])
  t.ok(lines.count <= 11 && lines.count >= 9, `${lines.count} lines`)
  lines.add(makeLines(0, 50))
  t.equal(show(lines).split('-')[1], '49')
})

test('cleared, it is empty', async t => {
  const lines = new LiveLines(100)
  lines.add(makeLines(0, 10))
  lines.clear()
  t.equal(lines.count, 0)
  lines.add(makeLines(10, 1))
  t.equal(show(lines), '10-10')
})
