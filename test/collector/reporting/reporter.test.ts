import { pino } from 'pino'
import { test, type Test } from 'tap'
import { Reporter } from '../../../lib/collector/reporting/reporter.ts'

/** A reporter whose time passes only by `pass`, and the messages that it has logged. */
function makeReporter(t: Test) {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const messages: string[] = []
  const write = (line: string): void => {
    messages.push((JSON.parse(line) as { msg: string }).msg)
  }
  const pass = (ms: number): void => void (now += ms)
  return { reporter: new Reporter(pino({}, { write })), messages, pass }
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
  ['an output that throws', reporter => reporter.failed(error), 'records not written'],
  [
    'a bad message',
    reporter => reporter.messageRefused(Buffer.from('INFO'), 'why'),
    'message refused: why'
  ]
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
