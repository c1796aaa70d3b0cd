import { existsSync, readFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import type { JournaledWrite } from '../../../lib/collector/journal/entries.ts'
import { keepWholePieces } from '../../../lib/collector/journal/torn-write.ts'

/** What stood in the file before the write. */
const before = 'before\n'

/** A write whose pieces have these texts; those of a sender are in capitals. */
function toWrite(texts: string[]): JournaledWrite {
  return {
    file: 'a.log',
    offset: before.length,
    at: 0,
    pieces: texts.map(text =>
      /[A-Z]/.test(text) ? [text.length, '0123456789abcdef', 5] : [text.length]
    )
  }
}

/** Recovers a file that ends with these bytes of a write. */
function recover(t: Test, texts: string[], written: string): [kept: string, pieces: number] {
  const path = `${t.testdir({ 'a.log': before + written })}/a.log`
  const pieces = keepWholePieces(path, toWrite(texts))
  const text = readFileSync(path, 'utf8')
  t.equal(text.slice(0, before.length), before)
  return [text.slice(before.length), pieces]
}

/** Where the file may end, and how many pieces are whole then. */
const writes: [what: string, texts: string[], stops: Record<number, number>][] = [
  ['a batch is kept whole or not at all', ['A1\nA22\n'], { 0: 0, 7: 1 }],
  ['of other lines the whole ones are kept', ['p\nqq\nr\n'], { 0: 0, 2: 0, 5: 0, 7: 1 }],
  ['batches are kept up to the torn one', ['A1\n', 'B1\n', 'A2\n'], { 0: 0, 3: 1, 6: 2, 9: 3 }],
  [
    'other lines between batches are kept',
    ['A1\n', 'p\nqq\n', 'B1\n'],
    { 0: 0, 3: 1, 5: 1, 8: 2, 11: 3 }
  ]
]

for (const [what, texts, stops] of writes) {
  test(`${what}, wherever the write was torn`, async t => {
    const whole = texts.join('')
    for (let length = 0; length <= whole.length; length++) {
      const end = Math.max(
        ...Object.keys(stops)
          .map(Number)
          .filter(at => at <= length)
      )
      const found = recover(t, texts, whole.slice(0, length))
      t.strictSame(found, [whole.slice(0, end), stops[end]], `torn at ${length}`)
    }
  })
}

test('what others wrote behind the write is kept', async t => {
  t.strictSame(recover(t, ['A1\n', 'p\n'], 'A1\np\nmore'), ['A1\np\nmore', 2])
})

test('a file that ends before the write is left as it is', async t => {
  const path = `${t.testdir({ 'a.log': 'bef' })}/a.log`
  t.equal(keepWholePieces(path, toWrite(['A1\n'])), 0)
  t.equal(readFileSync(path, 'utf8'), 'bef')
})

test('of a file that is missing, or is none, nothing is kept', async t => {
  const dir = t.testdir({ 'a.log': {} })
  t.equal(keepWholePieces(`${dir}/no.log`, toWrite(['A1\n'])), 0)
  t.equal(keepWholePieces(`${dir}/a.log`, toWrite(['A1\n'])), 0)
  t.notOk(existsSync(`${dir}/no.log`))
})

test('of a long line that was torn nothing is kept, and what stands before it is', async t => {
  const line = 'x'.repeat(200_000)
  t.strictSame(recover(t, [`p\n${line}\n`], `p\n${line}`), ['p\n', 0])
  t.strictSame(recover(t, [`${line}\n`], line), ['', 0])
})
