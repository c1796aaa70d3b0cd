/** What a hostile or faulty sender does to a collector: it costs no other sender a line. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { isLineWritten, startOn, startSecureOn } from '../helpers/honest-line.ts'
import { RawSender } from '../helpers/raw-sender.ts'

const numbers: [what: string, send: (sender: RawSender) => Promise<void>][] = [
  ['a hello that begins at 0', sender => sender.hello(0)],
  ['a hello beyond all numbers', sender => sender.hello(2n ** 64n - 1n)],
  [
    'a batch that ends beyond all numbers',
    async sender => {
      await sender.hello(2n ** 53n - 2n)
      await sender.batch(2n ** 53n - 2n, 3, 'a\nb\nc\n')
    }
  ],
  [
    'a bye beyond all numbers',
    async sender => {
      await sender.hello(1)
      await sender.bye(2n ** 63n)
    }
  ],
  [
    'dropped records that overlap and end before they begin',
    async sender => {
      const why = 'x'
      await sender.hello(50, {
        dropped: [
          { from: 9, to: 2, why },
          { from: 5, to: 40, why },
          { from: 3, to: 6, why }
        ]
      })
      await sender.bye(0)
    }
  ]
]

for (const [what, send] of numbers) {
  test(`${what} costs nobody anything, and the collector starts again`, async t => {
    const folder = t.testdir()
    const collector = await startOn(t, folder)
    const sender = await RawSender.connect(t, collector.address)
    await send(sender)
    t.match(
      await collector.waitForEntry(/^message refused: ERR_ZMQ_PUB_FRAME: records are numbered/),
      { level: 40 }
    )
    t.ok(await isLineWritten(t, collector, folder))
    t.equal(await collector.stop(), 0)
    t.ok(await isLineWritten(t, await startOn(t, folder), folder), 'after a restart')
  })
}

for (const [what, send] of numbers) {
  test(`${what} by an authorized client costs nobody anything`, async t => {
    const folder = t.testdir()
    const collector = await startSecureOn(t, folder)
    const sender = await RawSender.connect(t, collector.address, collector.hostileKeys)
    await send(sender)
    await collector.waitForEntry(/^message refused: ERR_ZMQ_PUB_FRAME: records are numbered/)
    t.ok(await isLineWritten(t, collector, folder))
    t.equal(await collector.stop(), 0)
  })
}

test('a batch that says to have 2^32 - 1 records neither hangs the collector nor ends it', async t => {
  const folder = t.testdir()
  const collector = await startOn(t, folder)
  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(2 ** 32 - 6)
  await sender.batch(1, 2 ** 32 - 1, 'a\nb\n')
  await collector.waitForEntry(/^message refused: ERR_ZMQ_PUB_FRAME: a batch of 4294967295 records/)
  t.ok(await isLineWritten(t, collector, folder))
  t.equal(await collector.stop(), 0)
})

test('a payload without its last newline is not glued to what another sender writes', async t => {
  const folder = t.testdir()
  const collector = await startOn(t, folder)
  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(1)
  await sender.batch(1, 1, '{"level":30,"msg":"half')
  await collector.waitForEntry(/^message refused: ERR_ZMQ_PUB_FRAME: a batch of 1 records/)
  t.ok(await isLineWritten(t, collector, folder))
  t.notMatch(readFolder(folder), 'half')
})

test('a journal with impossible numbers is read as far as it is right, and the collector says so', async t => {
  const folder = t.testdir()
  const journal = join(folder, '.{date}.log.journal')
  const first = await startOn(t, folder)
  t.ok(await isLineWritten(t, first, folder))
  await first.stop()
  const head = JSON.parse(readFileSync(journal, 'utf8')) as { positions: object }
  const wrong = { ...head, positions: { ...head.positions, '00000000000000aa': [-5, 1] } }
  writeFileSync(journal, `${JSON.stringify(wrong)}\n{"file":5}\n`)
  const second = await startOn(t, folder)
  t.match(await second.waitForEntry(/^the journal has invalid lines/), {
    level: 40,
    path: journal,
    lines: [1, 2],
    badLines: 2
  })
  t.ok(await isLineWritten(t, second, folder))
  t.equal((await waitForLines(() => readFolder(folder), 2)).length, 2)
})

test('no records hang text format, take its memory, or look like others', async t => {
  const folder = t.testdir()
  const collector = await startOn(t, folder, ['--format', 'text'])
  const sender = await RawSender.connect(t, collector.address)
  const forged = '2026-11-23 03:39:18,042 | ERROR | forged'
  const half = 300_000 // all in all less than a sender may have unacknowledged
  const lines = [
    ...Array.from({ length: 20 }, (_, record) => {
      const members = Array.from({ length: 20_000 }, (_member, key) => `"k${record}_${key}":${key}`)
      return `{"level":30,${members.join(',')}}`
    }),
    `{"level":30,"a":${'['.repeat(half)}${']'.repeat(half)}}`,
    `{"level":30,"a":[${'[],'.repeat(half)}0]}`,
    `{"level":"${'x'.repeat(half)}","topic":"${'y'.repeat(half)}"}`,
    JSON.stringify({ msg: '\u001b'.repeat(half) }),
    ...['\n', '\r', '\u2028', '\u0085'].map(end =>
      JSON.stringify({
        msg: `a${end}${forged}`,
        topic: `b${end}${forged}`,
        err: { stack: `c${end}${forged}` }
      })
    ),
    `no record\r${forged}`
  ]
  await sender.hello(1)
  for (const [index, line] of lines.entries()) await sender.batch(index + 1, 1, `${line}\n`)
  t.ok(await isLineWritten(t, collector, folder))
  await waitForLines(() => readFolder(folder), lines.length)
  const written = readFolder(folder).split(/[\n\r\u2028\u0085]/)
  t.strictSame(
    written.filter(line => line.startsWith(forged)),
    []
  )
  t.equal(await collector.stop(), 0)
})
