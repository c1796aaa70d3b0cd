/** Nodes of NATS, gateways and writers are killed; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'

test("the drill 'engine' loses, doubles, reorders and tears nothing", t =>
  checkDrill(t, 'engine', { rates: [20_000] }))
