/** As many senders come and go as in a minute of `npm run drill`, in a third of the time. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

test("the drill 'churn' loses, doubles, reorders and tears nothing, flat in memory and journal", t =>
  checkDrill(t, 'churn', { rates: [1000], env: { CHURN_S: '20', CHURN_RATE: '900' } }))
