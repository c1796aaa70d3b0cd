import { setTimeout } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { CounterEvents } from '../../lib/transport/counter-events.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { waitFor } from '../helpers/wait.ts'

/** Counter events of numbers that a test changes. */
function start(t: Test, intervalMs: number) {
  const counters: TransportEvents['counters'] = {
    queuedRecords: 0,
    sentRecords: 0,
    ackedRecords: 0,
    droppedRecords: 0,
    heldRecords: 0,
    spooledRecords: 0,
    reconnects: 0
  }
  const events: unknown[] = []
  let reads = 0
  const counterEvents = new CounterEvents(
    intervalMs,
    (name, detail) => void events.push({ name, ...detail }),
    () => {
      reads++
      return { ...counters }
    }
  )
  t.teardown(() => counterEvents.close())
  return { counterEvents, counters, events, reads: () => reads }
}

test('numbers are emitted when they have changed, and only then', async t => {
  const { counters, events, reads } = start(t, 1)
  await waitFor(() => reads() > 3, 'some intervals')
  t.strictSame(events, [], 'nothing was logged yet')
  counters.queuedRecords = 5
  await waitFor(() => events.length > 0, 'an event')
  const before = reads()
  await waitFor(() => reads() > before + 3, 'some intervals')
  t.strictSame(events, [{ name: 'counters', ...counters }])
  counters.ackedRecords = 5
  await waitFor(() => events.length === 2, 'another event')
  t.strictSame(events[1], { name: 'counters', ...counters })
})

test('the last numbers are emitted at the end', async t => {
  const { counterEvents, counters, events } = start(t, 3_600_000)
  counters.queuedRecords = 5
  counterEvents.close()
  t.strictSame(events, [{ name: 'counters', ...counters }])
  counterEvents.close()
  t.equal(events.length, 1)
})

test('with 0 ms nothing is emitted', async t => {
  const { counterEvents, counters, events, reads } = start(t, 0)
  counters.queuedRecords = 5
  await setTimeout(5)
  counterEvents.close()
  t.strictSame(events, [])
  t.equal(reads(), 0)
})
