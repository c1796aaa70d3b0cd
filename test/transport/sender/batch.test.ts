import { test } from 'tap'
import { joinPayload, toBytes, type Payload } from '../../../lib/transport/sender/batch.ts'

const cases: [what: string, parts: Payload[], joined: Payload][] = [
  ['nothing is no text', [], ''],
  ['texts stay text', ['one\n', 'two\n'], 'one\ntwo\n'],
  ['bytes stay bytes', [Buffer.of(0xff), Buffer.of(0xfe)], Buffer.of(0xff, 0xfe)],
  ['text among bytes becomes bytes', ['a', Buffer.of(0xff), 'ü'], Buffer.of(97, 0xff, 0xc3, 0xbc)]
]

for (const [what, parts, joined] of cases) {
  test(`joined, ${what}`, async t => t.strictSame(joinPayload(parts), joined))
}

test('a part alone, and bytes, are not copied', async t => {
  const bytes = Buffer.from('one\n')
  t.equal(joinPayload([bytes]), bytes)
  t.equal(toBytes(bytes), bytes)
  t.strictSame(toBytes('ü'), Buffer.of(0xc3, 0xbc))
})
