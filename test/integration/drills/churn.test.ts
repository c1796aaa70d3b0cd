/** Senders come and go for a minute; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

test("the drill 'churn' loses, doubles, reorders and tears nothing, flat in memory and journal", t =>
  checkDrill(t, 'churn', { rates: [1000] }))
