import fc from 'fast-check'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  createIdentity,
  decodeIdentity,
  encodeIdentity,
  writeIdentity
} from '../../../lib/transport/spool/identity.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { fromHexId, isSenderId, toHexId, toPublicId } from '../../../lib/wire/id.ts'
import { failOnce } from '../../helpers/file-system.ts'
import { listFiles, testIdentity } from '../../helpers/spool.ts'

const key = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
const hello = { ...createHello(), app: 'shop' }

test('an identity is read as it was written, and no proof is kept', async t => {
  for (const identity of [createIdentity(), createIdentity(key)]) {
    t.equal(identity.spoolId, toPublicId(identity.senderId))
    const text = encodeIdentity(identity, { ...hello, key: identity.key, proofs: ['secret'] })
    t.notMatch(text, 'secret')
    const found = decodeIdentity(identity.spoolId, Buffer.from(text))
    t.strictSame(found?.identity, identity)
    t.equal(found?.isFormer, false)
    t.equal(found?.hello.app, 'shop')
    t.equal(found?.hello.formerId, undefined)
  }
})

test('a hello of version 1 gets a secret id, which is kept, and says its former one', async t => {
  const spoolId = 'a-sender'
  const found = decodeIdentity(spoolId, Buffer.from(JSON.stringify({ app: 'shop', pid: 7 })))
  t.ok(found?.isFormer)
  if (!found) return
  t.ok(isSenderId(found.identity.senderId))
  t.match(found.hello, { app: 'shop', pid: 7, formerId: toHexId(spoolId) })
  const again = decodeIdentity(spoolId, Buffer.from(encodeIdentity(found.identity, found.hello)))
  t.equal(again?.isFormer, false)
  t.strictSame(again?.identity, found.identity)
  t.equal(again?.hello.formerId, toHexId(spoolId))
})

const { spoolId, senderId } = testIdentity
const refused: [what: string, spoolId: string, text: string][] = [
  ['no JSON', spoolId, 'hello?'],
  ['no object', spoolId, '[]'],
  ['an id of another spool', fromHexId('00000000000000aa'), JSON.stringify({ id: senderId })],
  ['an id that is none', spoolId, JSON.stringify({ id: 'short' })],
  ['an id that is no text', spoolId, JSON.stringify({ id: 5 })],
  ['a key without an id', spoolId, JSON.stringify({ key })],
  ['a key that is no text', spoolId, JSON.stringify({ id: senderId, key: 5 })],
  [
    'another former id',
    fromHexId('00000000000000aa'),
    JSON.stringify({ id: senderId, formerId: 'bb' })
  ]
]

for (const [what, name, text] of refused) {
  test(`refused: ${what}`, async t => {
    t.equal(decodeIdentity(name, Buffer.from(text)), undefined)
  })
}

test('only the owner may read the file, which is written whole or not at all', async t => {
  const dir = t.testdir()
  const path = join(dir, `${toHexId(spoolId)}.hello`)
  writeFileSync(`${path}.new`, 'a dead process left half of it', { mode: 0o666 })
  writeIdentity(dir, testIdentity, hello)
  const text = readFileSync(path, 'utf8')
  t.match(JSON.parse(text), { id: senderId, app: 'shop' })
  if (process.platform !== 'win32') t.equal(statSync(path).mode & 0o777, 0o600)
  failOnce(t, 'renameSync', 'EIO')
  t.throws(() => writeIdentity(dir, testIdentity, { ...hello, app: 'other' }), { code: 'EIO' })
  t.equal(readFileSync(path, 'utf8'), text)
  t.strictSame(listFiles(dir), [`${toHexId(spoolId)}.hello`])
})

test('whatever a hello file has, it is read as one of this spool, or not at all', async () => {
  const { spoolId, senderId } = testIdentity
  const other = createIdentity()
  const value = fc.oneof(
    fc.constantFrom(senderId, other.senderId, `${senderId}x`, key, '', null, 5),
    fc.constantFrom(toHexId(spoolId), toHexId(other.spoolId), toHexId(spoolId).toUpperCase()),
    fc.jsonValue()
  )
  const file = fc.oneof(
    fc
      .record({ id: value, key: value, formerId: value, app: value }, { requiredKeys: [] })
      .map(said => JSON.stringify(said)),
    fc.json(),
    fc.string({ unit: 'binary' })
  )
  fc.assert(
    fc.property(file, fc.boolean(), (text, isCut) => {
      const found = decodeIdentity(spoolId, Buffer.from(isCut ? text.slice(0, -1) : text))
      if (!found) return true
      const { identity, hello: read, isFormer } = found
      const isRenewed = read.formerId !== undefined
      return (
        identity.spoolId === spoolId &&
        isSenderId(identity.senderId) &&
        isRenewed === (toPublicId(identity.senderId) !== spoolId || isRenewed) &&
        (read.formerId ?? toHexId(spoolId)) === toHexId(spoolId) &&
        (isRenewed || identity.senderId === senderId) &&
        (!isFormer || isRenewed) &&
        ['string', 'undefined'].includes(typeof identity.key)
      )
    }),
    { seed: 13, numRuns: 2000 }
  )
})

test('any identity is read as it was written', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.string(), (bytes, app) => {
      const senderId = Buffer.from(bytes).toString('base64url')
      const identity = { spoolId: toPublicId(senderId), senderId, key }
      const text = encodeIdentity(identity, { ...hello, app })
      const found = decodeIdentity(identity.spoolId, Buffer.from(text))
      return found?.identity.senderId === senderId && found.hello.app === app && !found.isFormer
    }),
    { seed: 13, numRuns: 200 }
  )
})
