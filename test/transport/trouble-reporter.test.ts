import { test, type Test } from 'tap'
import { TroubleReporter } from '../../lib/transport/trouble-reporter.ts'

function makeReporter(t: Test, repeatMs: number) {
  const clock = { now: 0 }
  t.intercept(performance, 'now', { value: () => clock.now })
  const events: unknown[] = []
  const reporter = new TroubleReporter((name, detail) => void events.push([name, detail]), repeatMs)
  const report = (message: string): void => reporter.report(new Error(message))
  return { clock, events, report }
}

test('the same text is reported again after the interval only', async t => {
  const { clock, events, report } = makeReporter(t, 1000)
  for (const now of [0, 999, 1000, 1500, 2000]) {
    clock.now = now
    report('no room')
  }
  const event = ['spoolTrouble', { message: 'no room' }]
  t.strictSame(events, [event, event, event])
})

test('very many texts make 51 reports; the last says that more are not made, and known ones are repeated', async t => {
  const { clock, events, report } = makeReporter(t, 1000)
  for (let index = 0; index < 100; index++) report(`file ${index}`)
  t.equal(events.length, 51)
  t.strictSame(events.at(-1), ['spoolTrouble', { message: 'file 50; more is not reported' }])
  clock.now = 1000
  report('file 7')
  report('file 77')
  t.strictSame(events.slice(51), [['spoolTrouble', { message: 'file 7' }]])
})
