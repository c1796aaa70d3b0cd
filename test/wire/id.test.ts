import { test } from 'tap'
import {
  createId,
  createSenderId,
  fromHexId,
  isSenderId,
  toHexId,
  toIdBytes,
  toPublicId
} from '../../lib/wire/id.ts'

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

test('a sender id is 128 random bits, and its public id always the same 8 bytes', async t => {
  const ids = Array.from({ length: 100 }, createSenderId)
  t.ok(ids.every(id => isSenderId(id) && toIdBytes(id).length === 16))
  t.equal(new Set(ids.map(toPublicId)).size, 100)
  t.equal(toHexId(toPublicId('AbCdEfGhIjKlMnOpQrStUv')), '413f206e8c03e381')
  for (const other of ['', 'AbC', 'AbCdEfGhIjKlMnOpQrStU=', 'AbCdEfGhIjKlMnOpQrStUvW']) {
    t.notOk(isSenderId(other))
  }
})

test('ids are converted both ways, however many others were converted before', async t => {
  const ids = Array.from({ length: 10_000 }, createId)
  for (const round of ['first', 'second']) {
    const wrong = ids.filter(
      id =>
        toHexId(id) !== Buffer.from(id, 'latin1').toString('hex') || fromHexId(toHexId(id)) !== id
    )
    t.strictSame(wrong, [], round)
  }
})
