/** A short run of `npm run drill`. */
import tap, { test } from 'tap'
import { startProgram } from '../helpers/program.ts'

/** Sixteen rounds, of 3 to 10 s each. Unit: ms */
tap.setTimeout(300_000)

for (const scenario of [
  'kill',
  'network',
  'away',
  'spool',
  'crash',
  'leftovers',
  'blocked',
  'stopped'
]) {
  test(`the drill '${scenario}' loses, doubles, reorders and tears nothing`, async t => {
    const env = { SCENARIO: scenario, KILLS: '3', STOPPED_MS: '4000', RATE: '20000,0' }
    const drill = startProgram(t, 'benchmarks/drill.js', { env })
    t.equal((await drill.exited).code, 0, drill.stdout())
    const rounds = drill.stdout().match(/\d+ lines logged, 0 lost, 0 doubled, 0 reordered, 0 torn/g)
    t.equal(rounds?.length, 2, drill.stdout())
  })
}
