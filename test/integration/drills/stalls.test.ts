/** The network breaks and the collector stands still; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

for (const scenario of ['network', 'stopped']) {
  test(`the drill '${scenario}' loses, doubles, reorders and tears nothing`, t =>
    checkDrill(t, scenario, { env: { STOPPED_MS: '4000' } }))
}
