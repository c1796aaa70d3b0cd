import { test } from 'tap'
import { LagSampler } from '../../../lib/collector/intake/lag-sampler.ts'

const now = Date.parse('2026-11-23T07:00:10Z')

function makeSender(timeKey?: string) {
  const lagMs = undefined as number | undefined
  return { hello: { ...(timeKey !== undefined && { timeKey }) }, isLagWanted: false, lagMs }
}

/** What is measured of a batch, if anything. */
function measure(records: string, timeKey?: string): number | undefined {
  let measured: number | undefined
  const sampler = new LagSampler(
    () => now,
    lagMs => (measured = lagMs)
  )
  sampler.sample(Buffer.from(records), makeSender(timeKey))?.()
  return measured
}

const cases: [title: string, lagMs: number | undefined, records: string, timeKey?: string][] = [
  ['the time of the last record counts', 2000, `{"time":1}\n{"time":${now - 2000}}\n`],
  ['a time as text is read', 10_000, '{"timestamp":"2026-11-23T07:00:00Z"}\n'],
  ["the sender's own key is read", 500, `{"time":1,"at":${now - 500}}\n`, 'at'],
  ['an app whose clock is ahead has no lag', 0, `{"time":${now + 5000}}\n`],
  ['a record without a time is not measured', undefined, '{"msg":"a"}\n'],
  ['a record whose time is no time is not measured', undefined, '{"time":"order 7"}\n'],
  ['a line that is not JSON is not measured', undefined, 'hello\n'],
  ['an empty line is not measured', undefined, '\n'],
  ['a long record is not read', undefined, `{"time":${now},"msg":"${'x'.repeat(20_000)}"}\n`]
]

for (const [title, lagMs, records, timeKey] of cases) {
  test(title, async t => {
    t.equal(measure(records, timeKey), lagMs)
  })
}

test('one batch a round is measured', async t => {
  let measured = 0
  const sampler = new LagSampler(
    () => now,
    () => measured++
  )
  const records = Buffer.from(`{"time":${now}}\n`)
  for (let round = 1; round <= 3; round++) {
    for (let batch = 0; batch < 5; batch++) sampler.sample(records, makeSender())?.()
    sampler.onRoundEnd()
    t.equal(measured, round)
  }
})

test('a sender whose lag is asked for is measured once, also where nobody counts rounds', async t => {
  const sampler = new LagSampler(() => now)
  const records = Buffer.from(`{"time":${now - 300}}\n`)
  const sender = makeSender()
  t.equal(sampler.sample(records, sender), undefined)
  sender.isLagWanted = true
  const onWritten = sampler.sample(records, sender)
  t.equal(sampler.sample(records, sender), undefined)
  t.equal(sender.lagMs, undefined, 'not yet')
  onWritten?.()
  t.equal(sender.lagMs, 300)
})
