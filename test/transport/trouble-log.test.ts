import { mock } from 'node:test'
import { test, type Test } from 'tap'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { TroubleLog } from '../../lib/transport/trouble-log.ts'
import { replaceCall } from '../helpers/file-system.ts'
import { holdPauses } from '../helpers/pauses.ts'

const dropped = { records: 5, totalRecords: 5, why: 'spool damaged' }
const undelivered = { records: 3, spooledRecords: 0, totalDropped: 0, why: 'no collector' }
const droppedLine = '5 records were dropped (spool damaged)'

/** A log whose time the test decides, and the lines that it has written. */
function makeLog(t: Test, isQuiet = false, app = () => 'shop') {
  holdPauses(t)
  const lines: string[] = []
  replaceCall(t, 'writeSync', () => (_fd, text) => void lines.push(String(text)))
  return { log: new TroubleLog(isQuiet, app), lines }
}

test('trouble is a line with the name of the app as it is known by then', async t => {
  let app = ''
  const { log, lines } = makeLog(t, false, () => app)
  log.note('spoolTrouble', { message: 'EACCES' }, true)
  app = 'shop'
  log.note('dropped', dropped, true)
  t.strictSame(lines, [
    'zmq-pub: trouble with the spool: EACCES\n',
    `zmq-pub (shop): ${droppedLine}\n`
  ])
})

test('an event that is no trouble writes nothing', async t => {
  const { log, lines } = makeLog(t)
  log.note('adopted', { app: 'shop', pid: 7, records: 5 }, true)
  log.close()
  t.strictSame(lines, [])
})

test('more of a kind is held back for a minute, and then told as a sum, by a timer of its own', async t => {
  const { log, lines } = makeLog(t)
  const start = performance.now()
  log.note('dropped', dropped, true)
  log.note('dropped', { ...dropped, totalRecords: 10 }, true)
  log.note('dropped', { ...dropped, totalRecords: 15 }, true)
  t.equal(lines.length, 1)
  const clock = mock.method(performance, 'now', () => start + 61_000)
  t.teardown(() => clock.mock.restore())
  mock.timers.tick(60_001)
  t.strictSame(lines.slice(1), [
    'zmq-pub (shop): 10 records were dropped (spool damaged), 15 since the start\n'
  ])
  mock.timers.tick(600_000)
  log.close()
  t.equal(lines.length, 2, 'nothing is told twice')
})

test('at the end what was held back is written', async t => {
  const { log, lines } = makeLog(t)
  log.note('dropped', dropped, true)
  log.note('dropped', { ...dropped, totalRecords: 10 }, true)
  log.close()
  t.equal(lines.length, 2)
  log.close()
  t.equal(lines.length, 2, 'only once')
})

const quiet: [
  what: string,
  name: keyof TransportEvents,
  detail: object,
  isTold: boolean,
  isWritten: boolean
][] = [
  ['trouble of the spool', 'spoolTrouble', { message: 'EACCES' }, false, false],
  ['records that are lost at the end', 'undelivered', undelivered, true, true],
  [
    'records that are in the spool at the end',
    'undelivered',
    { ...undelivered, records: 0, spooledRecords: 3 },
    true,
    false
  ],
  ['drops of which the app is told', 'dropped', dropped, true, false],
  ['drops of which the app cannot be told', 'dropped', dropped, false, true]
]

for (const [what, name, detail, isTold, isWritten] of quiet) {
  test(`a quiet transport ${isWritten ? 'still writes' : 'does not write'} ${what}`, async t => {
    const { log, lines } = makeLog(t, true)
    log.note(name, detail as TransportEvents[typeof name], isTold)
    log.close()
    t.equal(lines.length, Number(isWritten))
  })
}
