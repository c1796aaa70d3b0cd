import { test } from 'tap'
import type { ReadMessage } from '../../lib/engine/engine.ts'
import {
  decodeEntry,
  encodeClaim,
  encodeEntry,
  maxEntryHeaderBytes,
  toPartition,
  type Entry
} from '../../lib/engine/entry.ts'
import { createHello } from '../../lib/wire/hello.ts'
import { createId } from '../../lib/wire/id.ts'

const entry: Entry = {
  kind: 'batch',
  senderId: createId(),
  first: 17,
  count: 2,
  floor: 5,
  hello: { ...createHello(), app: 'shop ☂ "1"', topic: 'shop.eu' },
  why: '',
  payload: Buffer.from('{"msg":"a"}\n{"msg":"b"}\n')
}

function read(given: Entry, changed: Record<string, string> = {}): ReadMessage {
  const { headers, payload } = encodeEntry(given, 4)
  const all: Record<string, string> = { ...headers, ...changed }
  return { position: 1, header: name => all[name], payload }
}

const cases: Entry[] = [
  entry,
  { ...entry, kind: 'dropped', why: 'buffer full,\nreally' },
  { ...entry, kind: 'hello', first: 5, count: 0, payload: Buffer.alloc(0) },
  { ...entry, kind: 'bye', first: 19, count: 0, floor: 19, payload: Buffer.alloc(0) }
]

for (const given of cases) {
  test(`an entry of kind ${given.kind} is read as it was written`, async t => {
    t.match(decodeEntry(read(given)), given)
  })
}

test('the key, the proofs and the dropped ranges of a hello do not get into the log', async t => {
  const hello = {
    ...entry.hello,
    key: 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID',
    proofs: ['b0Zr0W3lGeoEM0fLLj3LrMkp3RJUz6mJ6cTQvRJv5Ls'],
    dropped: [{ from: 1, to: 2, why: 'buffer full' }]
  }
  const { headers } = encodeEntry({ ...entry, hello }, 4)
  t.notMatch(JSON.stringify(headers), /Yne@|b0Zr0W3l|buffer full/)
})

test('the headers of an entry never get too long, whatever a sender is named', async t => {
  const name = '\u0001'.repeat(256)
  const levels = Object.fromEntries(Array.from({ length: 256 }, (_, level) => [level, name]))
  const keys = { levelKey: name, timeKey: name, messageKey: name, errorKey: name }
  const hello = { ...entry.hello, host: name, app: name, topic: name, ...keys, levels }
  const { headers } = encodeEntry({ ...entry, hello, kind: 'dropped', why: name }, 4)
  t.ok(JSON.stringify(headers).length < maxEntryHeaderBytes)
  t.match(decodeEntry(read({ ...entry, hello })).hello, { host: name, topic: name, levels: {} })
})

const broken: [what: string, headers: Record<string, string>][] = [
  ['no header', { 'Zmq-Pub': '' }],
  ['another version', { 'Zmq-Pub': '3 batch 0011223344556677 1 1 1' }],
  ['another kind', { 'Zmq-Pub': '2 batches 0011223344556677 1 1 1' }],
  ['a short id', { 'Zmq-Pub': '2 batch 00112233 1 1 1' }],
  ['an id with other characters', { 'Zmq-Pub': '2 batch 00112233445566zz 1 1 1' }],
  ['no records', { 'Zmq-Pub': '2 batch 0011223344556677 1 0 1' }],
  ['a number that no record has', { 'Zmq-Pub': '2 batch 0011223344556677 9007199254740990 2 1' }],
  ['a negative number', { 'Zmq-Pub': '2 batch 0011223344556677 1 -1 1' }],
  ['records of a hello', { 'Zmq-Pub': '2 hello 0011223344556677 1 1 1' }],
  ['a floor above its records', { 'Zmq-Pub': '2 batch 0011223344556677 5 1 6' }],
  ['a hello beyond its floor', { 'Zmq-Pub': '2 hello 0011223344556677 100 0 1' }],
  ['a bye beyond its floor', { 'Zmq-Pub': '2 bye 0011223344556677 100 0 1' }],
  ['no floor', { 'Zmq-Pub': '2 batch 0011223344556677 1 1' }],
  ['one number more', { 'Zmq-Pub': '2 batch 0011223344556677 1 1 1 1' }],
  ['a sender that is no JSON', { 'Zmq-Pub-Sender': 'shop' }]
]

for (const [what, headers] of broken) {
  test(`a message with ${what} is refused`, async t => {
    t.throws(() => decodeEntry(read(entry, headers)), { code: 'ERR_ZMQ_PUB_FRAME' })
  })
}

test('a sender has one partition, and senders are spread over all', async t => {
  const ids = Array.from({ length: 200 }, createId)
  t.strictSame(
    ids.map(id => toPartition(id, 4)),
    ids.map(senderId => encodeEntry({ ...entry, senderId }, 4).partition)
  )
  t.strictSame(new Set(ids.map(id => toPartition(id, 4))), new Set([0, 1, 2, 3]))
})

test('the same records have the same id, whoever publishes them', async t => {
  const { id } = encodeEntry(entry, 4)
  t.equal(encodeEntry({ ...entry, floor: 17 }, 4).id, id)
  t.not(encodeEntry({ ...entry, count: 3 }, 4).id, id)
  t.not(encodeEntry({ ...entry, kind: 'dropped' }, 4).id, id)
})

test('the claim of a writer goes to its partition, and is another one at each start', async t => {
  const writerId = createId()
  const { partition, id, headers } = encodeClaim(writerId, 'start-1', 3)
  t.equal(partition, 3)
  t.not(encodeClaim(writerId, 'start-2', 3).id, id)
  t.not(encodeClaim(writerId, 'start-1', 2).id, id)
  const header = (name: string): string | undefined => ({ ...headers })[name]
  const claim = decodeEntry({ position: 1, header, payload: Buffer.alloc(0) })
  t.match(claim, { kind: 'writer', senderId: writerId, why: 'start-1' })
})
