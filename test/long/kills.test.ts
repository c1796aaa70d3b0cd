/** A hundred kills, at both paces: what the middle tier does three times. */
import { test } from 'tap'
import { startProgram } from '../helpers/program.ts'

for (const scenario of ['kill', 'network']) {
  test(`a hundred times '${scenario}' lose, double, reorder and tear nothing`, async t => {
    const env = { SCENARIO: scenario, KILLS: '100', RATE: '1000,0' }
    const drill = startProgram(t, 'benchmarks/drill.js', { env })
    t.equal((await drill.exited).code, 0, drill.stdout())
    const rounds = drill.stdout().match(/\d+ lines logged, 0 lost, 0 doubled, 0 reordered, 0 torn/g)
    t.equal(rounds?.length, 2, drill.stdout())
  })
}

test('memory and journal stay flat while senders come and go for five minutes', async t => {
  const env = { SCENARIO: 'churn', CHURN_S: '300', RATE: '1000' }
  const drill = startProgram(t, 'benchmarks/drill.js', { env })
  t.equal((await drill.exited).code, 0, drill.stdout() + drill.stderr())
})
