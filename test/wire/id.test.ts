import { test } from 'tap'
import { createId, fromHexId, toHexId } from '../../lib/wire/id.ts'

test('a new id has 8 bytes, and no two are the same', async t => {
  const ids = Array.from({ length: 100 }, createId)
  t.ok(ids.every(id => Buffer.from(id, 'latin1').length === 8 && id.length === 8))
  t.equal(new Set(ids).size, 100)
})

const cases: [id: string, hex: string][] = [
  ['\0\0\0\0\0\0\0\x01', '0000000000000001'],
  ['a-sender', '612d73656e646572'],
  ['\xff\xfe\xfd\xfc\x80\x7f\n ', 'fffefdfc807f0a20']
]

for (const [id, hex] of cases) {
  test(`an id is written as ${hex}, and read again`, async t => {
    t.equal(toHexId(id), hex)
    t.equal(fromHexId(hex), id)
  })
}
