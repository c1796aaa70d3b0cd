import { test } from 'tap'
import { EntryCutter } from '../../lib/search/entry-cutter.ts'

const entry = 'an entry\n    its second line\n    its third line\n'

test('chunks are whole entries, wherever the pieces end', async t => {
  const text = Buffer.from(entry.repeat(60_000))
  for (const pieceBytes of [1_000_003, 77_777]) {
    const cutter = new EntryCutter()
    const chunks: Buffer[] = []
    for (let start = 0; start < text.length; start += pieceBytes) {
      const chunk = cutter.add(text.subarray(start, start + pieceBytes))
      if (chunk) chunks.push(chunk)
    }
    chunks.push(cutter.end())
    t.ok(chunks.length > 1, `${chunks.length} chunks`)
    t.ok(Buffer.concat(chunks).equals(text))
    t.ok(chunks.every(chunk => chunk.length % entry.length === 0))
  }
})

test('an entry that is longer than a chunk stays whole', async t => {
  const cutter = new EntryCutter()
  const long = Buffer.from(`${'x'.repeat(2_500_000)}\n`)
  t.equal(cutter.add(long.subarray(0, 1_200_000)), undefined)
  t.equal(cutter.add(long.subarray(1_200_000)), undefined)
  t.ok(cutter.end().equals(long))
})
