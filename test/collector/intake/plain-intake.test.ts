import { test } from 'tap'
import { PlainIntake } from '../../../lib/collector/intake/plain-intake.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../../lib/collector/reporting/traffic.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

/** An intake, and the texts that its outputs got. */
function makeIntake(isTaken: (text: string) => boolean = () => true) {
  const totals = new Totals()
  const traffic = new Traffic()
  const appended: string[] = []
  const zone = new TimeZone('utc')
  const intake = new PlainIntake({
    zone: () => zone,
    now: () => 5,
    totals,
    traffic,
    outputs: {
      appendPlain(message) {
        const { msg } = JSON.parse(message.toRecord()) as { msg: string }
        appended.push(msg)
        return isTaken(msg)
      }
    }
  })
  const take = (text: string): void => intake.take(Buffer.from('INFO'), Buffer.from(text))
  return { intake, take, totals, traffic, appended }
}

test('messages are passed on at once, and counted', async t => {
  const { take, totals, appended } = makeIntake()
  take('one')
  take('two')
  t.strictSame(appended, ['one', 'two'])
  t.match(totals, { plainRecords: 2, bytes: 6, droppedPlainRecords: 0 })
})

test('a message that is dropped is counted as such', async t => {
  const { take, totals } = makeIntake(text => text !== 'one')
  take('one')
  take('two')
  t.match(totals, { plainRecords: 1, bytes: 3, droppedPlainRecords: 1 })
})

test('messages are counted by their root topic', async t => {
  const { intake, traffic } = makeIntake(text => text !== 'dropped')
  const messages = ['billing.INFO.db one', 'billing.ERROR two', 'INFO three', 'shop.INFO dropped']
  for (const message of messages) {
    const [topic = '', text = ''] = message.split(' ')
    intake.take(Buffer.from(topic), Buffer.from(text))
  }
  t.strictSame(traffic.report([]).busiest, [
    { root: 'billing', records: 2, bytes: 6, droppedPlainRecords: 0 },
    { root: '', records: 1, bytes: 5, droppedPlainRecords: 0 },
    { root: 'shop', records: 0, bytes: 0, droppedPlainRecords: 1 }
  ])
})

test('of a topic that is too long the beginning counts, and the text is taken', async t => {
  const zone = new TimeZone('utc')
  const records: string[] = []
  const intake = new PlainIntake({
    zone: () => zone,
    now: () => 5,
    totals: new Totals(),
    traffic: new Traffic(),
    outputs: { appendPlain: message => records.push(message.toRecord()) > 0 }
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
