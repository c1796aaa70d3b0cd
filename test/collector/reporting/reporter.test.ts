import { pino } from 'pino'
import { test, type Test } from 'tap'
import { Reporter } from '../../../lib/collector/reporting/reporter.ts'

/** A reporter whose time passes only by `pass`, and the messages that it has logged. */
function makeReporter(t: Test) {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const messages: string[] = []
  const entries: Record<string, unknown>[] = []
  const write = (line: string): void => {
    const entry = JSON.parse(line) as { msg: string }
    entries.push(entry)
    messages.push(entry.msg)
  }
  const pass = (ms: number): void => void (now += ms)
  return { reporter: new Reporter(pino({}, { write })), messages, entries, pass }
}

const error = new Error('disk full')

const troubles: [what: string, report: (reporter: Reporter) => void, message: string][] = [
  [
    'a failed write',
    reporter => reporter.cannotWrite('a.log', 0, error),
    'cannot write; trying again'
  ],
  [
    'failed housekeeping',
    reporter => reporter.housekeepingFailed('delete', 'a.log', error),
    'cannot delete; trying again with the next file'
  ],
  ['an output that throws', reporter => reporter.failed(1, error), 'records not written'],
  [
    'records that an output can not read',
    reporter => reporter.failed(0, error),
    'records written unprocessed'
  ],
  [
    'a file that the disk did not sync',
    reporter => reporter.notSynced('a.log', error),
    'the disk has lost lines of this file that it had accepted; with fsync they would be written again'
  ],
  [
    'an action of a writer that has failed',
    reporter => reporter.toStreamListener('logs', 'delete written records').onTrouble(error),
    'cannot delete written records; trying again'
  ],
  ['a bad message', reporter => reporter.messageRefused('INFO', 'why'), 'message refused: why']
]

for (const [what, report, message] of troubles) {
  test(`${what} is logged once a minute`, async t => {
    const { reporter, messages, pass } = makeReporter(t)
    report(reporter)
    pass(59_999)
    report(reporter)
    t.strictSame(messages, [message])
    pass(1)
    report(reporter)
    report(reporter)
    t.strictSame(messages, [message, message])
  })
}

test('trouble of one kind does not hide that of another', async t => {
  const { reporter, messages } = makeReporter(t)
  for (const [, report] of troubles) report(reporter)
  reporter.housekeepingFailed('compress', 'a.log', error)
  t.strictSame(messages, [
    ...troubles.map(([, , message]) => message),
    'cannot compress; trying again with the next file'
  ])
})

test('trouble with one path hides none with another, and the end of each is logged once', async t => {
  const { reporter, messages, pass } = makeReporter(t)
  const paths = ['a.log', 'b.log']
  for (const path of paths) reporter.cannotWrite(path, 0, error)
  for (const path of paths) reporter.cannotWrite(path, 0, error)
  t.strictSame(messages.splice(0), Array(2).fill('cannot write; trying again'))
  for (const path of paths) reporter.writesAgain(path, 5, 0)
  for (const path of paths) reporter.writesAgain(path, 5, 0)
  t.strictSame(messages.splice(0), Array(2).fill('writing again'))
  reporter.cannotWrite('a.log', 0, error)
  reporter.writesAgain('a.log', 5, 0)
  t.strictSame(messages, [], 'of trouble that was not logged, the end is not, either')
  pass(60_000)
  reporter.cannotWrite('a.log', 0, error)
  reporter.writesAgain('a.log', 5, 0)
  t.strictSame(messages, ['cannot write; trying again', 'writing again'])
})

test('a message says how many of its kind were left out', async t => {
  const { reporter, entries, pass } = makeReporter(t)
  for (const path of ['a.log', 'a.log', 'b.log']) reporter.cannotWrite(path, 7, error)
  reporter.writesAgain('b.log', 1234.5, 99)
  pass(60_000)
  reporter.cannotWrite('a.log', 7, error)
  t.strictSame(
    entries.map(({ path, suppressed, troubleMs, waitingBytes }) => [
      path,
      suppressed,
      troubleMs,
      waitingBytes
    ]),
    [
      ['a.log', undefined, undefined, undefined],
      ['b.log', 1, undefined, undefined],
      ['b.log', undefined, 1235, 99],
      ['a.log', undefined, undefined, undefined]
    ]
  )
})

test('what is not trouble is logged each time', async t => {
  const { reporter, messages } = makeReporter(t)
  for (let count = 0; count < 2; count++) reporter.configurationRefused('why')
  t.equal(messages.length, 2)
})

test('changed options that need a restart are named', async t => {
  const { reporter, messages } = makeReporter(t)
  reporter.reloaded([])
  t.strictSame(messages, ['configuration reloaded'])
  reporter.reloaded(['bind'])
  t.equal(messages.at(-1), 'restart to use these options')
})

test('of a topic that is too long the beginning is logged', async t => {
  const topics: string[] = []
  const write = (line: string): void => {
    topics.push((JSON.parse(line) as { topic: string }).topic)
  }
  new Reporter(pino({}, { write })).messageRefused('x'.repeat(20_000_000), 'why')
  t.strictSame(topics, ['x'.repeat(256)])
})
