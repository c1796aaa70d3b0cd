import { test } from 'tap'
import {
  AnyCursor,
  canSpanEntries,
  nowhere,
  PatternCursor,
  TextCursor,
  type Cursor
} from '../../lib/search/cursors.ts'
import { TextFinder } from '../../lib/search/text-finder.ts'
import { toPattern } from '../../lib/search/query.ts'

/** All places at which a cursor stops. */
function findStops(cursor: Cursor, chunk: Buffer): number[] {
  cursor.begin(chunk)
  const stops: number[] = []
  for (let at = cursor.next(0); at !== nowhere; at = cursor.next(at + 1)) stops.push(at)
  return stops
}

const chunk = Buffer.from('shop one\nweb two\nshop three\n')

test('a text is found at each of its occurrences, in one chunk after the other', async t => {
  const cursor = new TextCursor('shop')
  t.strictSame(findStops(cursor, chunk), [0, 17])
  t.strictSame(findStops(cursor, Buffer.from('none')), [])
  t.strictSame(findStops(cursor, Buffer.from('a shop')), [2])
})

const finder = TextFinder.get()
const skip = finder ? false : 'this processor or Node.js has no WebAssembly with SIMD'

test('a text is found in a chunk that the finder has loaded as in any other', { skip }, async t => {
  const loaded = Buffer.from('first shop, second shop\n')
  const cursor = new TextCursor('shop')
  finder?.load(loaded)
  t.strictSame(findStops(cursor, loaded), [6, 19])
})

test('a stop that was found is told again until the search has passed it', async t => {
  const cursor = new TextCursor('three')
  cursor.begin(chunk)
  t.strictSame(
    [0, 5, 22].map(from => cursor.next(from)),
    [22, 22, 22]
  )
  t.equal(cursor.next(23), nowhere)
})

test('a text of several bytes is found where its bytes are', async t => {
  t.strictSame(findStops(new TextCursor('ü'), Buffer.from('grün\nüber\n')), [2, 6])
})

test('a pattern is found at each match, also at the start of each line', async t => {
  t.strictSame(findStops(new PatternCursor(toPattern('^shop'), 'ndjson'), chunk), [0, 17])
  t.strictSame(findStops(new PatternCursor(toPattern('t\\w+$'), 'ndjson'), chunk), [13, 22])
  t.strictSame(findStops(new PatternCursor(toPattern('no such'), 'ndjson'), chunk), [])
})

test('a pattern is not changed, however often a cursor uses it', async t => {
  const pattern = toPattern('shop')
  findStops(new PatternCursor(pattern, 'ndjson'), chunk)
  t.equal(pattern.lastIndex, 0)
  t.equal(pattern.flags, 'mu')
})

test('a part of the chunk with other characters than ASCII is passed to the closer look', async t => {
  const cursor = new PatternCursor(toPattern('shop'), 'ndjson')
  const bytes = Buffer.from('grün\n')
  cursor.begin(bytes)
  t.equal(cursor.next(0), 0, 'it may match here: only the entry itself says')
  t.equal(cursor.next(bytes.length), nowhere)
})

test('a match far behind in the chunk is found at its place, and only a part that is not ASCII is passed on', async t => {
  const line = `${'x'.repeat(999)}\n`
  const far = Buffer.from(`${line.repeat(200)}shop\n${line}`)
  t.strictSame(findStops(new PatternCursor(toPattern('shop'), 'ndjson'), far), [200_000])
  const cursor = new PatternCursor(toPattern('shop'), 'ndjson')
  cursor.begin(Buffer.concat([far, Buffer.from('ü\n')]))
  const stop = cursor.next(0)
  t.ok(stop > 100_000 && stop <= 200_000, String(stop))
})

test('of several cursors the next stop of any counts', async t => {
  const cursor = new AnyCursor([new TextCursor('two'), new TextCursor('one'), new TextCursor('-')])
  t.strictSame(findStops(cursor, chunk), [5, 13])
  t.strictSame(findStops(new AnyCursor([]), chunk), [])
})

const sources: [source: string, canSpan: boolean][] = [
  ['shop', true],
  ['(?:a|b)', true],
  ['(?<name>a)', true],
  ['a(?=b)', false],
  ['a(?!b)', false],
  ['(?<=a)b', false],
  ['(?<!a)b', false]
]

for (const [source, canSpan] of sources) {
  test(`${source} ${canSpan ? 'may' : 'must not'} be searched for in many entries at once`, async t => {
    t.equal(canSpanEntries(source), canSpan)
  })
}
