/** The collector is away for longer than apps can buffer, and a spool has leftovers; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

for (const scenario of ['away', 'spool', 'leftovers']) {
  test(`the drill '${scenario}' loses, doubles, reorders and tears nothing`, t =>
    checkDrill(t, scenario))
}
