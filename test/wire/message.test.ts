import fc from 'fast-check'
import { test } from 'tap'
import { createSenderId } from '../../lib/wire/id.ts'
import { decodeMessage, encodeMessage, readTopic, type Header } from '../../lib/wire/message.ts'

const senderId = 'AbCdEfGhIjKlMnOpQrStUv'
const line = '{"msg":"a"}\n'
const header: Header = { kind: 'batch', senderId, first: 17, count: 1 }

/** A message as the other side gets it. */
function receive(...parts: Parameters<typeof encodeMessage>): Buffer[] {
  return encodeMessage(...parts).map(frame => Buffer.from(frame))
}

const roundTrips: [
  what: string,
  topic: string,
  header: Header,
  payload: string | Buffer,
  frames: number
][] = [
  ['a batch', 'shop', header, line, 1],
  ['a batch of bytes', 'shop', header, Buffer.from(line), 1],
  ['a batch with characters of several bytes', 'läden', header, '{"msg":"größer 🎉"}\n', 1],
  ['a batch that begins with a NUL', 'shop', header, `\0${line}`, 1],
  ['a large batch', 'shop', header, `${'x'.repeat(9000)}\n`, 2],
  ['a hello', '', { ...header, kind: 'hello', count: 0 }, '{}', 1],
  ['a bye', 'shop', { ...header, kind: 'bye', count: 0 }, '', 1],
  ['the highest numbers', 'shop', { ...header, first: Number.MAX_SAFE_INTEGER - 1 }, line, 1]
]

for (const [what, topic, head, payload, frames] of roundTrips) {
  test(`${what} arrives as it was sent, in ${frames === 1 ? 'one frame' : 'two frames'}`, async t => {
    const received = receive(topic, head, payload)
    t.equal(received.length, frames)
    t.strictSame(decodeMessage(received), { header: head, payload: Buffer.from(payload) })
    t.equal(readTopic(received[0] as Buffer), topic)
  })
}

const plain: [what: string, frames: string[]][] = [
  ['no frame', []],
  ['a topic alone', ['shop']],
  ['topic and text', ['shop.INFO', 'text']],
  ['a topic with a NUL that is no header', ['shop\0zmq', 'text']]
]

for (const [what, frames] of plain) {
  test(`${what} is no message of the batch wire`, async t => {
    t.equal(decodeMessage(frames.map(frame => Buffer.from(frame))), undefined)
  })
}

const start = `shop\0zmq-pub/2 batch ${senderId}`
const refused: [what: string, frame: string][] = [
  ['another version', `shop\0zmq-pub/3 batch ${senderId} 17 1\n`],
  ['no version', 'shop\0zmq-pub/'],
  ['an unknown kind', `shop\0zmq-pub/2 shout ${senderId} 17 1\n`],
  ['a short id', 'shop\0zmq-pub/2 batch abc 17 1\n'],
  ['an id with other characters', `shop\0zmq-pub/2 batch ${senderId.slice(1)}! 17 1\n`],
  ['no newline', `${start} 17 1`],
  ['a header that is too long', `${start} ${'1'.repeat(100)} 1\n`],
  ['a word too many', `${start} 17 1 x\n`],
  ['a number too few', `${start} 17\n`],
  ['record 0', `${start} 0 1\n`],
  ['no records', `${start} 17 0\n`],
  ['a number that is too large', `${start} 9007199254740992 1\n`],
  ['a last record that is too large', `${start} 9007199254740990 2\n`],
  ['a negative number', `${start} -1 1\n`],
  ['a number with an exponent', `${start} 1e3 1\n`],
  ['a leading zero', `${start} 017 1\n`],
  ['a hello with records', `shop\0zmq-pub/2 hello ${senderId} 1 1\n`]
]

test('a number that no sender can have is shown, however long it is', async t => {
  for (const number of ['9007199254740992', '18446744073709551615', '-1', 'x'])
    t.throws(() => decodeMessage([Buffer.from(`${start} ${number} 1\n`)]), {
      message: `records are numbered from 1 to 2^53 - 2; a batch has at least one, a hello or bye none, got kind batch, first ${number}, count 1`
    })
})

for (const [what, frame] of refused) {
  test(`a header with ${what} is refused, and the message doesn't show the id`, async t => {
    const decode = () => decodeMessage([Buffer.from(frame)])
    t.throws(decode, { code: 'ERR_ZMQ_PUB_FRAME' })
    try {
      decode()
    } catch (error) {
      t.notMatch((error as Error).message, senderId)
    }
  })
}

test('any header comes back, and any bytes are a message, plain, or refused', async t => {
  const numbers = fc.integer({ min: 1, max: 2 ** 53 - 2 })
  fc.assert(
    fc.property(numbers, fc.string({ unit: 'grapheme' }), fc.uint8Array(), (first, text, bytes) => {
      const topic = text.replaceAll('\0', '')
      const given = { kind: 'batch', senderId: createSenderId(), first, count: 1 } as const
      const received = receive(topic, given, Buffer.from(bytes))
      const got = decodeMessage(received)
      t.strictSame(got?.header, given)
      t.equal(readTopic(received[0] as Buffer), topic)
      t.strictSame(got?.payload, Buffer.from(bytes))
    }),
    { seed: 13, numRuns: 200 }
  )
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), frames => {
      const mixed = frames.map((bytes, index) =>
        index === 0 ? Buffer.concat([Buffer.from('shop\0zmq-pub/2'), bytes]) : Buffer.from(bytes)
      )
      try {
        decodeMessage(mixed)
      } catch (error) {
        t.match(error, { code: 'ERR_ZMQ_PUB_FRAME' })
      }
    }),
    { seed: 13, numRuns: 500 }
  )
})
