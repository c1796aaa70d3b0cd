import { test } from 'tap'
import { LiveWindow, maxEventCharacters, maxLinesPerEvent } from '../../lib/viewer/live-window.ts'

test('a few lines are all shown, in their order', async t => {
  const window = new LiveWindow()
  t.equal(window.take(), undefined)
  for (const line of ['a', 'b', 'c']) window.add(line)
  t.strictSame(window.take(), { lines: ['a', 'b', 'c'], shown: 3, total: 3 })
  t.equal(window.take(), undefined)
})

for (const lines of [99, 100, 101, 199, 200, 201, 1000, 12_345]) {
  test(`of ${lines} lines an even sample is shown`, async t => {
    const window = new LiveWindow()
    for (let line = 0; line < lines; line++) window.add(String(line))
    const sample = window.take() ?? { lines: [], shown: 0, total: 0 }
    t.equal(sample.total, lines)
    t.equal(sample.shown, sample.lines.length)
    const least = lines <= maxLinesPerEvent ? lines : maxLinesPerEvent / 2
    t.ok(sample.shown >= least && sample.shown <= maxLinesPerEvent, `${sample.shown} lines`)
    const numbers = sample.lines.map(Number)
    t.strictSame(
      numbers,
      numbers.toSorted((a, b) => a - b)
    )
    const steps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0))
    t.ok(Math.max(...steps) <= Math.max(1, (2.5 * lines) / sample.shown), `${Math.max(...steps)}`)
    t.ok((numbers.at(-1) ?? 0) >= lines * 0.9, 'up to the end')
  })
}

test('long lines take bounded memory, and one that is longer than an event is shown', async t => {
  const window = new LiveWindow()
  for (let line = 0; line < 1000; line++) window.add('x'.repeat(20_000))
  const { lines = [], total } = window.take() ?? {}
  t.equal(total, 1000)
  t.ok(lines.join('').length <= maxEventCharacters)
  window.add('x'.repeat(2 * maxEventCharacters))
  t.equal(window.take()?.shown, 1)
})

test('what a slow client misses is counted', async t => {
  const window = new LiveWindow()
  for (let line = 0; line < 10; line++) window.add('missed')
  window.drop()
  window.add('seen')
  t.strictSame(window.take(), { lines: ['seen'], shown: 1, total: 11, dropped: 10 })
  window.add('missed')
  window.drop()
  t.strictSame(window.take(), { lines: [], shown: 0, total: 1, dropped: 1 })
})

test('the total is what was counted, where only some are added', async t => {
  const window = new LiveWindow()
  window.count(5000)
  window.add('a')
  t.strictSame(window.take(), { lines: ['a'], shown: 1, total: 5000 })
})

test('where records could not be looked at, the total is an estimate', async t => {
  const window = new LiveWindow()
  window.look(0, 50)
  t.equal(window.take(), undefined, 'nothing was looked at')
  window.add('a')
  window.add('b')
  window.look(100, 850)
  t.strictSame(window.take(), { lines: ['a', 'b'], shown: 2, total: 20, isEstimate: true })
  window.look(100, 0)
  t.equal(window.take(), undefined)
})
