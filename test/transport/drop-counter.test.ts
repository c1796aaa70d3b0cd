import { test, type Test } from 'tap'
import { DropCounter } from '../../lib/transport/drop-counter.ts'
import { holdPauses } from '../helpers/pauses.ts'

/** A counter whose interval ends when the test says so, and the events that it emits. */
function makeCounter(t: Test) {
  const endPause = holdPauses(t)
  const events: unknown[] = []
  const drops = new DropCounter((name, detail) => void events.push({ name, ...detail }))
  const endInterval = async (): Promise<void> => {
    endPause()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { drops, events, endInterval }
}

test('drops within one interval are one event, with their sum and the last reason', async t => {
  const { drops, events, endInterval } = makeCounter(t)
  drops.add(3, 'buffer full')
  drops.add(4, 'spool damaged')
  t.equal(drops.records, 7)
  t.strictSame(events, [])
  await endInterval()
  t.strictSame(events, [{ name: 'dropped', records: 7, totalRecords: 7, why: 'spool damaged' }])
})

test('each event has the records since the last one, and all since the start', async t => {
  const { drops, events, endInterval } = makeCounter(t)
  for (const records of [3, 4]) {
    drops.add(records, 'buffer full')
    await endInterval()
  }
  await endInterval()
  t.match(events, [
    { records: 3, totalRecords: 3 },
    { records: 4, totalRecords: 7 }
  ])
  t.equal(events.length, 2, 'none without a drop')
})

test('closing emits the drops of an interval that has not ended', async t => {
  const { drops, events, endInterval } = makeCounter(t)
  drops.close()
  t.strictSame(events, [])
  drops.add(5, 'buffer full')
  drops.close()
  await endInterval()
  t.strictSame(events, [{ name: 'dropped', records: 5, totalRecords: 5, why: 'buffer full' }])
})
