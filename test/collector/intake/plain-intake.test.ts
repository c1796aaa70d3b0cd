import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { PlainIntake } from '../../../lib/collector/intake/plain-intake.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

/** An intake, and the messages in each flush. */
function makeIntake(append: (line: string) => number = line => line.length) {
  const totals = new Totals()
  const flushes: string[][] = []
  let buffered: string[] = []
  const zone = new TimeZone('utc')
  const intake = new PlainIntake({
    zone: () => zone,
    now: () => 5,
    totals,
    target: () => ({
      appendPlain(message) {
        const { msg } = JSON.parse(message.toRecord()) as { msg: string }
        const added = append(msg)
        if (added >= 0) buffered.push(msg)
        return added
      },
      flush() {
        flushes.push(buffered)
        buffered = []
      }
    })
  })
  const take = (text: string): void => intake.take(Buffer.from('INFO'), Buffer.from(text))
  return { intake, take, totals, flushes }
}

test('messages of one event loop turn are flushed together', async t => {
  const { take, totals, flushes } = makeIntake()
  take('one')
  take('two')
  t.strictSame(flushes, [])
  await setImmediate()
  t.strictSame(flushes, [['one', 'two']])
  await setImmediate()
  t.equal(flushes.length, 1)
  take('three')
  await setImmediate()
  t.strictSame(flushes, [['one', 'two'], ['three']])
  t.match(totals, { plainRecords: 3, bytes: 11, droppedPlainRecords: 0 })
})

test('more than a mebi of characters are flushed at once', async t => {
  const { take, flushes } = makeIntake(() => 2 ** 19)
  take('1')
  take('2')
  t.strictSame(flushes, [])
  take('3')
  t.strictSame(flushes, [['1', '2', '3']])
  take('4')
  t.equal(flushes.length, 1, 'the count begins anew')
})

test('a message that is dropped is counted as such', async t => {
  const { take, totals, flushes } = makeIntake(() => -1)
  take('one')
  t.match(totals, { plainRecords: 0, bytes: 0, droppedPlainRecords: 1 })
  await setImmediate()
  t.equal(flushes.length, 1, 'other outputs may have buffered it')
})

test('of a topic that is too long the beginning counts, and the text is taken', async t => {
  const zone = new TimeZone('utc')
  const records: string[] = []
  const intake = new PlainIntake({
    zone: () => zone,
    now: () => 5,
    totals: new Totals(),
    target: () => ({
      appendPlain: message => records.push(message.toRecord()),
      flush: () => undefined
    })
  })
  intake.take(Buffer.from(`shop.ERROR.${'x'.repeat(20_000_000)}`), Buffer.from('text'))
  t.match(JSON.parse(records[0] ?? ''), {
    level: 50,
    name: 'shop',
    topic: 'x'.repeat(1024 - 'shop.ERROR.'.length),
    msg: 'text'
  })
})

test('a text that is too long is refused', async t => {
  const { intake, totals } = makeIntake()
  const take = (bytes: number): void => intake.take(Buffer.from('INFO'), Buffer.alloc(bytes, 'x'))
  take(8 * 1024 * 1024)
  t.throws(() => take(8 * 1024 * 1024 + 1), { code: 'ERR_ZMQ_PUB_FRAME' })
  t.equal(totals.plainRecords, 1)
})
