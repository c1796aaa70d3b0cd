import { test } from 'tap'
import { JournalTrouble } from '../../lib/collector/journal-trouble.ts'

test('trouble with the journal is counted and logged each time, and kept until it ends', async t => {
  const logged: unknown[][] = []
  let pendingBytes = 10
  const reporter = {
    cannotWrite: (...details: unknown[]) => void logged.push(['cannotWrite', ...details]),
    writesAgain: (...details: unknown[]) => void logged.push(['writesAgain', ...details])
  }
  const trouble = new JournalTrouble({ path: 'app.log.journal' }, reporter, () => pendingBytes)
  t.match(trouble, { errors: 0, error: undefined })
  const [full, broken] = [new Error('full'), new Error('broken')]
  trouble.onTrouble(full)
  t.match(trouble, { errors: 1, error: full })
  pendingBytes = 20
  trouble.onTrouble(broken)
  t.match(trouble, { errors: 2, error: broken })
  pendingBytes = 0
  trouble.onRecovery(1500)
  t.match(trouble, { errors: 2, error: undefined })
  t.strictSame(logged, [
    ['cannotWrite', 'app.log.journal', 10, full],
    ['cannotWrite', 'app.log.journal', 20, broken],
    ['writesAgain', 'app.log.journal', 1500, 0]
  ])
})
