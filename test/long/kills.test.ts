/** A hundred kills, at both paces: what the middle tier does twice. */
import { test } from 'tap'
import { checkDrill } from '../helpers/drill.ts'

for (const scenario of ['kill', 'network']) {
  test(`a hundred times '${scenario}' lose, double, reorder and tear nothing`, t =>
    checkDrill(t, scenario, { kills: 100, rates: [1000, 0] }))
}

test('memory and journal stay flat while senders come and go for five minutes', t =>
  checkDrill(t, 'churn', { rates: [1000], env: { CHURN_S: '300' } }))
