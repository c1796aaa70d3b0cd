import { test } from 'tap'
import { noPart, type Part } from '../../lib/search/jobs.ts'
import { PartJoiner } from '../../lib/search/part-joiner.ts'

function toPart(text: string, more: Partial<Part> = {}): Part {
  const bytes = new Uint8Array(Buffer.from(text))
  return { ...noPart, hits: 1, bytes, ends: [text.length], doneBytes: 10, ...more }
}

test('small parts are joined, and what they have is added', async t => {
  const joiner = new PartJoiner(0)
  t.equal(joiner.add(toPart('ab', { counts: [['x', 1]] })), undefined)
  t.equal(joiner.add(noPart), undefined)
  t.equal(joiner.add(toPart('cde', { counts: [['x', 2]] })), undefined)
  t.strictSame(joiner.end(), {
    ...noPart,
    hits: 2,
    bytes: new Uint8Array(Buffer.from('abcde')),
    ends: [2, 5],
    counts: [
      ['x', 1],
      ['x', 2]
    ],
    doneBytes: 20
  })
  t.equal(joiner.end(), undefined)
})

test('much output, enough entries and a summary are handed over at once', async t => {
  const summary: Part['summary'] = {
    offset: 0,
    length: 1,
    timesMs: undefined,
    levels: undefined,
    mark: { offset: 0, bytes: new Uint8Array() }
  }
  t.ok(new PartJoiner(0).add(toPart('x'.repeat(32 * 1024))))
  t.equal(new PartJoiner(2).add(toPart('x')), undefined)
  t.ok(new PartJoiner(1).add(toPart('x')))
  t.equal(new PartJoiner(0).add(toPart('x', { summary }))?.summary, summary)
})
