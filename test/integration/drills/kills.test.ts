/** Collector and apps are killed; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

for (const scenario of ['kill', 'crash']) {
  test(`the drill '${scenario}' loses, doubles, reorders and tears nothing`, t =>
    checkDrill(t, scenario))
}
