/** Files can't be written, and a disk is full; see `npm run drill`. */
import { test } from 'tap'
import { checkDrill } from '../../helpers/drill.ts'
import { cannotMount } from '../../helpers/small-disk.ts'

test("the drill 'blocked' loses, doubles, reorders and tears nothing", t =>
  checkDrill(t, 'blocked'))

// The third time the collector is killed on the full disk.
test("the drill 'tmpfs' loses, doubles, reorders and tears nothing", { skip: cannotMount }, t =>
  checkDrill(t, 'tmpfs', { kills: 3 })
)
