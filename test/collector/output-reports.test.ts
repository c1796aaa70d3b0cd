import { test } from 'tap'
import { toOutputListener } from '../../lib/collector/output-reports.ts'
import type { Reporter } from '../../lib/collector/reporting/reporter.ts'
import { Totals } from '../../lib/collector/reporting/totals.ts'

/** A listener, and what it has told the reporter. */
function createListener() {
  const told: unknown[][] = []
  const reporter = new Proxy({} as Reporter, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        void told.push([name, ...args])
  })
  let totals = new Totals()
  return {
    listener: toOutputListener(reporter, () => totals),
    told,
    totals: () => totals,
    renew: () => void (totals = new Totals())
  }
}

type Listener = ReturnType<typeof toOutputListener>

const error = new Error('disk full')

const reports: [what: string, report: (listener: Listener) => void, told: unknown[]][] = [
  ['a file that is written', ({ onWriting }) => onWriting('a.log'), ['writing', 'a.log']],
  ['a file that was deleted', ({ onDelete }) => onDelete('a.log'), ['deleted', 'a.log']],
  [
    'failed housekeeping',
    ({ onHousekeepingTrouble }) => onHousekeepingTrouble('compress', 'a.log', error),
    ['housekeepingFailed', 'compress', 'a.log', error]
  ],
  [
    'a failed write',
    ({ onWriteTrouble }) => onWriteTrouble('a.log', 7, error),
    ['cannotWrite', 'a.log', 7, error]
  ],
  [
    'the end of that',
    ({ onWriteRecovery }) => onWriteRecovery('a.log', 5, 7),
    ['writesAgain', 'a.log', 5, 7]
  ],
  [
    'lines that the disk has lost',
    ({ onUnsynced }) => onUnsynced('a.log', error),
    ['notSynced', 'a.log', error]
  ],
  ['no file descriptor', ({ onExhausted }) => onExhausted(64), ['descriptorsExhausted', 64]],
  [
    'fewer open files',
    ({ onOpenFilesLowered }) => onOpenFilesLowered(20, undefined),
    ['openFilesLowered', 20, undefined]
  ]
]

for (const [what, report, wanted] of reports) {
  test(`the log of the collector gets all that an output says of ${what}`, async t => {
    const { listener, told, totals } = createListener()
    report(listener)
    t.strictSame(told, [wanted])
    t.strictSame(totals(), new Totals(), 'it is no lost record')
  })
}

test('records that an optional output has dropped are counted: a message for each would be a flood', async t => {
  const { listener, told, totals } = createListener()
  listener.onDropped(3)
  listener.onDropped(4)
  t.equal(totals().droppedOptionalRecords, 7)
  t.strictSame(told, [])
})

test('records that an output has failed on are counted, and logged with the error', async t => {
  const { listener, told, totals } = createListener()
  listener.onFailed(3, error)
  listener.onFailed(0, error)
  t.equal(totals().failedRecords, 3)
  t.strictSame(told, [
    ['failed', 3, error],
    ['failed', 0, error]
  ])
})

test('what is counted goes to the totals of that moment', async t => {
  const { listener, totals, renew } = createListener()
  listener.onDropped(3)
  renew()
  listener.onDropped(4)
  t.equal(totals().droppedOptionalRecords, 4)
})
