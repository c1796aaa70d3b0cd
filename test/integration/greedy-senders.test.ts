/** What a sender without limits takes: neither memory nor time of others. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { encodeBye } from '../../lib/wire/hello.ts'
import { readFolder } from '../helpers/collector.ts'
import { honestLineMs, isLineWritten, startOn, startSecureOn } from '../helpers/honest-line.ts'
import { startLogger } from '../helpers/logger.ts'
import { noProc, readPeakMiB } from '../helpers/memory.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const mebi = 1024 * 1024

/** The most memory that a collector may have had. The dearest of what follows takes 390. Unit: MiB */
const maxMiB = 640

/** Sends something again and again: so much that a collector which keeps all of it has more than `maxMiB`. */
async function flood(bytes: number, send: () => Promise<void>): Promise<void> {
  for (let sent = 0; sent < maxMiB * mebi; sent += bytes) await send()
}

function manyRanges(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    from: 2 * index + 1,
    to: 2 * index + 1,
    why: 'x'
  }))
}

type Greedy = [what: string, args: string[], send: (sender: RawSender) => Promise<void>]

const greedy: Greedy[] = [
  [
    'hellos of 50 MB',
    [],
    sender => {
      const filler = 'x'.repeat(50 * mebi)
      return flood(50 * mebi, () => sender.hello(1, { filler }))
    }
  ],
  [
    'a hello with a million dropped ranges',
    [],
    sender => sender.hello(9e6, { dropped: manyRanges(1e6) })
  ],
  [
    'hellos with as many dropped ranges as fit, each with gaps of its own',
    [],
    async sender => {
      for (let first = 0; first < 1e6; first += 5000) {
        const dropped = manyRanges(1000).map(range => {
          const { from } = range as { from: number }
          return { from: first + from, to: first + from, why: 'x' }
        })
        await sender.hello(first + 5000, { dropped })
      }
    }
  ],
  [
    'names of 20 MB',
    [],
    sender =>
      flood(40 * mebi, () =>
        sender.hello(1, { app: 'a'.repeat(20 * mebi), host: 'h'.repeat(20 * mebi) })
      )
  ],
  [
    'topics of 20 MB',
    [],
    sender => flood(40 * mebi, () => sender.send('x'.repeat(20 * mebi), 'y'.repeat(20 * mebi)))
  ],
  [
    'plain messages with topics of 20 MB',
    [],
    sender => flood(20 * mebi, () => sender.send('x'.repeat(20 * mebi) + Math.random(), 'text'))
  ],
  [
    'records of a level with a name of 60 kB, as text',
    ['--format', 'text'],
    async sender => {
      await sender.hello(1, { levels: { 30: 'l'.repeat(60_000) } })
      for (let first = 1; first < 1e5; first += 1000) {
        await sender.batch(first, 1000, '{"level":30}\n'.repeat(1000))
      }
    }
  ],
  [
    'hellos of 30,000 senders that do not exist',
    [],
    async sender => {
      const levels = Object.fromEntries(
        Array.from({ length: 256 }, (_, index) => [index, `${index}`.padStart(60, 'x')])
      )
      for (let id = 0; id < 30_000; id++) await sender.hello(1, { levels }, toSenderId(id))
    }
  ],
  [
    '150,000 hellos of one sender',
    [],
    async sender => {
      for (let count = 0; count < 150_000; count++) await sender.hello(1)
    }
  ],
  [
    '10,000 senders that come, write a line and leave for good',
    [],
    async sender => {
      const versions = Object.fromEntries(
        Array.from({ length: 16 }, (_, index) => [index, '\u0001'.repeat(64)])
      )
      for (let id = 0; id < 10_000; id++) {
        const senderId = toSenderId(id)
        await sender.hello(1, { versions }, senderId)
        await sender.batch(1, 1, '{"level":30}\n', senderId)
        await sender.bye(2, encodeBye(true), senderId)
      }
    }
  ],
  [
    'records of 2,000 topics, each with a file of its own',
    ['--file', '{topic}-{date}.log'],
    async sender => {
      await sender.hello(1)
      for (let topic = 1; topic <= 2000; topic++) {
        await sender.batch(topic, 1, `{"level":30,"topic":"topic ${topic}"}\n`)
      }
    }
  ],
  [
    'batches of 60 MB',
    [],
    async sender => {
      await sender.hello(1)
      const count = 60 * 1024
      const payload = Buffer.alloc(60 * mebi, `${'x'.repeat(1023)}\n`)
      let first = 1
      await flood(60 * mebi, () => {
        first += count
        return sender.batch(first - count, count, payload)
      })
    }
  ],
  [
    'batches of empty lines',
    [],
    async sender => {
      await sender.hello(1)
      await flood(16 * mebi, () => sender.batch(1, 16 * mebi, Buffer.alloc(16 * mebi, '\n')))
    }
  ]
]

/** What costs more over CURVE, or is only asked there. */
const greedyOverCurve: Greedy[] = [
  ...greedy.filter(([what]) => /^(?:hellos of 50|batches of 60|10,000 senders)/.test(what)),
  [
    '10,000 hellos with as many wrong proofs as fit',
    [],
    async sender => {
      const proofs = Array.from({ length: 64 }, () => 'x'.repeat(43))
      for (let id = 0; id < 10_000; id++) await sender.hello(1, { proofs }, toSenderId(id))
    }
  ]
]

/** Ids as transports have them. */
function toSenderId(id: number): string {
  return String(id).padStart(22, 'x')
}

for (const [what, args, send] of greedy) {
  test(
    `a sender of ${what} takes neither memory nor time from others`,
    { skip: noProc },
    async t => {
      const folder = t.testdir()
      const collector = await startOn(t, folder, args)
      await send(await RawSender.connect(t, collector.address))
      t.ok(await isLineWritten(t, collector, folder), 'an honest line arrives')
      const peakMiB = readPeakMiB(collector.child.pid)
      t.ok(peakMiB < maxMiB, `${Math.round(peakMiB)} MiB`)
      t.ok(collector.stderr().length < 20 * mebi, 'its own log is small')
      t.equal(await collector.stop(), 0)
    }
  )
}

for (const [what, args, send] of greedyOverCurve) {
  test(
    `an authorized client of ${what} takes neither memory nor time from others`,
    { skip: noProc },
    async t => {
      const folder = t.testdir()
      const collector = await startSecureOn(t, folder, args)
      await send(await RawSender.connect(t, collector.address, collector.hostileKeys))
      t.ok(await isLineWritten(t, collector, folder), 'an honest line arrives')
      const peakMiB = readPeakMiB(collector.child.pid)
      t.ok(peakMiB < maxMiB, `${Math.round(peakMiB)} MiB`)
      t.ok(collector.stderr().length < 20 * mebi, 'its own log is small')
      t.equal(await collector.stop(), 0)
    }
  )
}

test('a frame of more than 64 MiB ends its connection', async t => {
  const folder = t.testdir()
  const collector = await startOn(t, folder)
  const sender = await RawSender.connect(t, collector.address)
  await sender.send('', Buffer.alloc(65 * mebi))
  t.ok(await isLineWritten(t, collector, folder))
  t.notMatch(collector.stderr(), /message refused/, 'it was never a message')
})

test(
  'a sender whose log is blocked, and which keeps to no window, holds up no other',
  { skip: noProc },
  async t => {
    const folder = t.testdir({ raw: 'a file in the place of a folder' })
    const file = join(folder, '{app}', '{date}.log')
    const collector = await startCollectorProgram(t, ['--file', file])
    const payload = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024))
    for (let raw = 0; raw < 4; raw++) {
      const sender = await RawSender.connect(t, collector.address)
      await sender.hello(1)
      for (let first = 1; first < 100 * 1024; first += 1024)
        await sender.batch(first, 1024, payload)
    }
    mkdirSync(join(folder, 'honest'))
    const { logger } = await startLogger(t, { address: collector.address }, { name: 'honest' })
    logger.info('an honest line')
    const read = (): string => readFolder(join(folder, 'honest'))
    t.ok(
      await waitFor(() => read().includes('an honest line'), 'the line', honestLineMs).catch(
        () => false
      )
    )
    const peakMiB = readPeakMiB(collector.child.pid)
    t.ok(peakMiB < maxMiB, `${Math.round(peakMiB)} MiB`)
  }
)
