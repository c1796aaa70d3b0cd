import { test } from 'tap'
import type { BatchIntake } from '../../../lib/collector/intake/batch-intake.ts'
import { MessageIntake } from '../../../lib/collector/intake/message-intake.ts'
import type { PlainIntake } from '../../../lib/collector/intake/plain-intake.ts'
import type { SecurityMode } from '../../../lib/collector/access/access.ts'
import type { Reporter } from '../../../lib/collector/reporting/reporter.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { ZmqPubError } from '../../../lib/errors.ts'
import { createSenderId } from '../../../lib/wire/id.ts'
import { encodeMessage } from '../../../lib/wire/message.ts'

function makeIntake(options: { isPinned?: boolean; maxPayloadBytes?: number; error?: Error } = {}) {
  const taken: string[] = []
  const refused: string[] = []
  const { error, isPinned = false, maxPayloadBytes } = options
  const batchIntake = {
    take: (_header: object, payload: Buffer, mode: SecurityMode) => {
      if (error) throw error
      taken.push(`${mode} batch ${payload.toString()}`)
    }
  } as unknown as BatchIntake
  const plainIntake = {
    take: (topic: Buffer, text: Buffer) => taken.push(`${topic.toString()} ${text.toString()}`)
  } as unknown as PlainIntake
  const reporter = {
    messageRefused: (topic: string, why: string) => refused.push(`${topic}: ${why}`)
  } as unknown as Reporter
  const totals = new Totals()
  const limit = maxPayloadBytes === undefined ? {} : { maxPayloadBytes }
  const intake = new MessageIntake({
    batchIntake,
    plainIntake,
    totals,
    reporter,
    isPinned,
    ...limit
  })
  return { intake, taken, refused, totals }
}

function batch(payload: string): Buffer[] {
  const header = { kind: 'batch', senderId: createSenderId(), first: 1, count: 1 } as const
  return encodeMessage('shop', header, payload).map(frame => Buffer.from(frame))
}

test('a message of a transport is taken as a batch, another one as plain text', async t => {
  const { intake, taken, refused } = makeIntake()
  intake.take(batch('{}\n'), 'secure')
  intake.take([Buffer.from('shop.INFO'), Buffer.from('hello')], 'plain')
  intake.take([], 'plain')
  t.strictSame(taken, ['secure batch {}\n', 'shop.INFO hello'])
  t.strictSame(refused, [])
})

const refusals: [
  what: string,
  options: Parameters<typeof makeIntake>[0],
  frames: Buffer[],
  why: RegExp,
  total: keyof Totals
][] = [
  ['a plain message without a text', {}, [Buffer.from('shop')], /two frames/, 'badMessages'],
  [
    'a plain message where names are pinned',
    { isPinned: true },
    [Buffer.from('a'), Buffer.from('b')],
    /prove its key/,
    'refusedMessages'
  ],
  [
    'a payload that no stream takes',
    { maxPayloadBytes: 3 },
    batch('{ }\n'),
    /at most 3 bytes, got 4/,
    'badMessages'
  ],
  [
    'what the batch intake refuses',
    { error: new ZmqPubError('ERR_ZMQ_PUB_KEY', 'no proof') },
    batch('{}\n'),
    /no proof/,
    'refusedMessages'
  ]
]

for (const [what, options, frames, why, total] of refusals) {
  test(`${what} is refused, counted and reported`, async t => {
    const { intake, taken, refused, totals } = makeIntake(options)
    intake.take(frames, 'secure')
    t.strictSame(taken, [])
    t.match(refused, [why])
    t.equal(totals[total], 1)
  })
}
