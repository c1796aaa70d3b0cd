import { mock } from 'node:test'
import { test } from 'tap'
import { RefusalReports, type Refusal } from '../../../lib/collector/access/refusal-reports.ts'

const refusal: Refusal = { fingerprint: 'f1', address: '192.0.2.1', reason: 'key not authorized' }

function record(): { reports: RefusalReports; refused: Refusal[]; more: number[] } {
  const refused: Refusal[] = []
  const more: number[] = []
  const reports = new RefusalReports({
    onRefused: one => refused.push(one),
    onMoreRefused: count => more.push(count)
  })
  return { reports, refused, more }
}

test('a client that tries again and again is reported once in a period, and all is counted', async t => {
  const { reports, refused, more } = record()
  for (let count = 0; count < 100; count++) reports.add(refusal)
  t.strictSame(refused, [refusal])
  reports.flush()
  t.strictSame(more, [99])
  reports.add(refusal)
  t.equal(refused.length, 2, 'again in the next period')
  reports.flush()
  t.strictSame(more, [99], 'nothing was left out')
  t.equal(reports.count, 101)
})

test('each other key, address or reason is reported', async t => {
  const { reports, refused } = record()
  const others = [
    refusal,
    { ...refusal, fingerprint: 'f2' },
    { ...refusal, fingerprint: undefined },
    { ...refusal, address: '192.0.2.2' },
    { ...refusal, reason: 'no CURVE' }
  ]
  for (const one of [...others, ...others]) reports.add(one)
  t.strictSame(refused, others)
  reports.flush()
})

test('a thousand keys in a row are ten reports and a number', async t => {
  const { reports, refused, more } = record()
  for (let count = 0; count < 1000; count++) reports.add({ ...refusal, fingerprint: `f${count}` })
  t.equal(refused.length, 10)
  reports.flush()
  t.strictSame(more, [990])
})

test('the period ends by itself', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { reports, more } = record()
  reports.add(refusal)
  reports.add(refusal)
  mock.timers.tick(59_999)
  t.strictSame(more, [])
  mock.timers.tick(1)
  t.strictSame(more, [1])
})
