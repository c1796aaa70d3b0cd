/** What becomes of a log that somebody moves or deletes to make room, while the disk refuses writes. */
import { existsSync, readFileSync, renameSync, unlinkSync } from 'node:fs'
import { test } from 'tap'
import { RotatingLog } from '../../../lib/collector/files/rotating-log.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { toError } from '../../helpers/file-system.ts'
import { a } from '../../helpers/journal.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { makeLog } from '../../helpers/rotating-log.ts'
import { latch } from '../../helpers/wait.ts'
import { weakenDisk, type DiskFault } from '../../helpers/weak-disk.ts'

const name = '2026-11-23T14.log'

/** What is done when the disk refuses for the first time. */
type Act = (dir: string, log: RotatingLog) => void

const move: Act = dir => renameSync(`${dir}/${name}`, `${dir}/moved`)
const remove: Act = dir => unlinkSync(`${dir}/${name}`)
const reopen: Act = (_dir, log) => log.reopen()
const refused: DiskFault = { refuses: 'ENOSPC' }

const cases: [what: string, act: Act, faults: DiskFault[], moved: string[], log: string[]][] = [
  ['moved', move, [refused], ['1'], ['2', '3', '4']],
  ['moved when a part was written', move, [{ takes: 3 }, refused], ['1'], ['2', '3', '4']],
  ['deleted', remove, [refused, refused], [], ['2', '3', '4']],
  ['deleted when a part was written', remove, [{ takes: 3 }, refused], [], ['2', '3', '4']],
  ['reopened by name', reopen, [{ takes: 3 }, refused], [], ['1', '2', '3', '4']],
  ['left alone', () => undefined, [{ takes: 3 }, refused], [], ['1', '2', '3', '4']]
]

for (const fsync of [false, true]) {
  for (const [what, act, faults, moved, lines] of cases) {
    for (const refuser of ['disk', 'journal']) {
      test(`each record is in one file once where the ${refuser} refuses and the log is ${what}, fsync ${fsync}`, async t => {
        const { dir, options } = makeLog(t)
        const journal = Journal.open(`${dir}/.journal`, Date.now)
        const logJournal = journal.forLog(undefined, fsync)
        const endPause = holdPauses(t)
        let refusals = 0
        const log = new RotatingLog({
          ...options,
          fsync,
          journal: {
            ...logJournal,
            before(...write) {
              if (refusals-- > 0) throw toError('ENOSPC')
              logJournal.before(...write)
            }
          },
          onTrouble() {
            if (!hasActed) act(dir, log)
            hasActed = true
            endPause()
          }
        })
        let hasActed = false
        const append = (last: number, text: string): Promise<void> => {
          const { promise, open } = latch()
          log.append(Buffer.from(text), { senderId: a, last }, open)
          log.flush()
          return promise
        }
        await append(1, '1\n')
        if (refuser === 'disk') weakenDisk(t, [...faults])
        else refusals = 2
        await Promise.all([append(2, '2\n'), append(3, '3\n')])
        await append(4, '4\n')
        await log.close()
        journal.close()
        t.strictSame(readLines(`${dir}/moved`), moved)
        t.strictSame(readLines(`${dir}/${name}`), lines)
        const found = Journal.open(`${dir}/.journal`, Date.now)
        t.equal(found.senders.positions.get(a)?.expected, 5)
        found.close()
      })
    }
  }
}

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
}
