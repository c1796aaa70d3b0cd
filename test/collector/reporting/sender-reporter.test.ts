import { pino } from 'pino'
import { test, type Test } from 'tap'
import {
  maxSenderEvents,
  SenderReporter
} from '../../../lib/collector/reporting/sender-reporter.ts'
import { createHello } from '../../../lib/wire/hello.ts'

/** A reporter whose time passes only by `pass`, and what it has logged. */
function makeReporter(t: Test) {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const lines: string[] = []
  const reporter = new SenderReporter(pino({}, { write: line => void lines.push(line) }))
  const entries = (): Record<string, unknown>[] => lines.map(line => JSON.parse(line))
  return { reporter, lines, entries, pass: (ms: number) => void (now += ms) }
}

const visit = { connectedAt: 0, heardAt: 0, records: 0, missingRecords: 0 }
const sender = { id: 'sender-a', hello: createHello(), expected: 1, ...visit }

test('of senders that come 1,000 a minute are logged, the others are counted; those that go are counted apart', async t => {
  const { reporter, entries, pass } = makeReporter(t)
  for (let count = 0; count < maxSenderEvents; count++) reporter.connected(sender)
  t.equal(entries().length, 1000)
  reporter.connected(sender)
  t.equal(entries().length, 1000)
  reporter.gone(sender, 1000)
  pass(60_000)
  reporter.connected(sender)
  t.match(entries().slice(1000), [
    { msg: 'sender gone', suppressed: undefined },
    { msg: 'sender connected', suppressed: 1 }
  ])
})

test('names that a sender has chosen are shown so that no terminal acts on them, also in messages', async t => {
  const { reporter, lines, entries } = makeReporter(t)
  const name = '\u001B]0;x\u0007\u009B31m\u202Egnp'
  const bad = { ...sender, hello: { ...createHello(), app: name, host: name } }
  reporter.connected(bad)
  reporter.gone(bad, 1)
  reporter.silent(bad, 1)
  reporter.moreGaps(bad, 1)
  reporter.gap({
    msg: `1 record of ${name}\nis missing`,
    gap: { host: name, app: name, why: name }
  })
  for (const line of lines) {
    // oxlint-disable-next-line no-control-regex
    t.notMatch(line.trimEnd(), /[\u0000-\u001F\u007F-\u009F\u202E]/)
    t.match(line, String.raw`\\u009b31m`)
  }
  // oxlint-disable-next-line no-control-regex
  for (const { msg } of entries()) t.notMatch(String(msg), /[\u0000-\u001F\u007F-\u009F\u202E]/)
  t.equal(lines.length, 5)
})
