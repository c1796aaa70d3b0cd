/** A short run of `npm run drill`. */
import tap, { test } from 'tap'
import { startProgram } from '../helpers/program.ts'
import { cannotMount } from '../helpers/small-disk.ts'

/** Sixteen rounds of 3 to 10 s each, and one of a minute. Unit: ms */
tap.setTimeout(420_000)

for (const scenario of [
  'kill',
  'network',
  'away',
  'spool',
  'crash',
  'leftovers',
  'blocked',
  'stopped',
  'churn',
  'tmpfs'
]) {
  const skip = scenario === 'tmpfs' && cannotMount
  test(`the drill '${scenario}' loses, doubles, reorders and tears nothing`, { skip }, async t => {
    // Senders that come and go are watched for a minute; the other scenarios have two paces.
    const rates = scenario === 'churn' ? '1000' : '20000,0'
    const env = { SCENARIO: scenario, KILLS: '3', STOPPED_MS: '4000', RATE: rates }
    const drill = startProgram(t, 'benchmarks/drill.js', { env })
    t.equal((await drill.exited).code, 0, drill.stdout())
    const rounds = drill.stdout().match(/\d+ lines logged, 0 lost, 0 doubled, 0 reordered, 0 torn/g)
    t.equal(rounds?.length, rates.split(',').length, drill.stdout())
  })
}
