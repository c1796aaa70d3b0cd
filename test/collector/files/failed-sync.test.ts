/** What becomes of records where the disk takes them but refuses to sync them. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { test, type Test } from 'tap'
import { RotatingLog } from '../../../lib/collector/files/rotating-log.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { a } from '../../helpers/journal.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { makeLog } from '../../helpers/rotating-log.ts'
import { latch } from '../../helpers/wait.ts'

type Call = (...args: unknown[]) => unknown

/** Everything by which files change. */
const changes = [
  'fdatasync',
  'fdatasyncSync',
  'ftruncate',
  'ftruncateSync',
  'open',
  'openSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'write',
  'writeSync'
] as const

/**
 * Copies a folder before each change in it, as a kill would leave it there, and lets calls of fdatasync fail.
 * @param refused the calls that fail, counted from 0
 * @returns the copies, and how many records were called written when each was made
 */
function watchFolder(t: Test, dir: string, refused: readonly number[], written: () => number) {
  const copies: { folder: string; written: number }[] = []
  const folder = `${t.testdirName}-copies`
  fs.mkdirSync(folder)
  t.teardown(() => fs.rmSync(folder, { recursive: true }))
  const real: Record<string, unknown> = {}
  let isCopying = false
  let syncs = 0
  for (const name of changes) {
    const call = fs[name] as unknown as Call
    real[name] = call
    Object.assign(fs, {
      [name]: (...args: unknown[]): unknown => {
        if (isCopying) return call(...args)
        isCopying = true
        const copy = `${folder}/${copies.length}`
        fs.cpSync(dir, copy, { recursive: true })
        copies.push({ folder: copy, written: written() })
        isCopying = false
        if (name !== 'fdatasync' || !refused.includes(syncs++)) return call(...args)
        const done = args[1] as (error: Error) => void
        return setImmediate(done, Object.assign(new Error('EIO'), { code: 'EIO' }))
      }
    })
  }
  const stop = (): void => {
    Object.assign(fs, real)
    syncBuiltinESMExports()
  }
  syncBuiltinESMExports()
  t.teardown(stop)
  return { copies, stop }
}

/** The lines of all logs in a folder, and its log files. */
function readLogs(folder: string): { lines: string[]; names: string[] } {
  const names = fs.readdirSync(folder).filter(name => name.endsWith('.log'))
  const text = names.map(name => fs.readFileSync(`${folder}/${name}`, 'utf8')).join('')
  return { lines: text.split('\n').slice(0, -1), names }
}

const scenes: [what: string, refused: number[], files: string[]][] = [
  ['the first write is not synced', [0], ['2026-11-23T14.log']],
  ['a later write is not synced', [1], ['2026-11-23T14.1.log', '2026-11-23T14.log']],
  [
    'neither a write nor the end of its file is synced',
    [1, 2],
    ['2026-11-23T14.1.log', '2026-11-23T14.log']
  ],
  ['nor is it in the next file, twice', [1, 3, 5], ['2026-11-23T14.1.log', '2026-11-23T14.log']],
  [
    'writes in two files are not synced',
    [1, 4],
    ['2026-11-23T14.1.log', '2026-11-23T14.2.log', '2026-11-23T14.log']
  ]
]

for (const [what, refused, files] of scenes) {
  test(`whenever it is killed, each record is in one file once: ${what}`, async t => {
    const { dir, options, troubles } = makeLog(t)
    const path = `${dir}/.journal`
    const journal = Journal.open(path, Date.now)
    const endPause = holdPauses(t)
    const log = new RotatingLog({
      ...options,
      fsync: true,
      journal: journal.forLog(undefined, true)
    })
    let written = 0
    const { copies, stop } = watchFolder(t, dir, refused, () => written)
    const pauses = setInterval(endPause, 1)
    for (let last = 1; last <= 4; last++) {
      const { promise, open } = latch()
      log.append(Buffer.from(`${last}\n`), { senderId: a, last }, open)
      log.flush()
      await promise
      written = last
    }
    clearInterval(pauses)
    await log.close()
    stop()
    t.equal(troubles.length, refused.length)
    const { lines: all, names } = readLogs(dir)
    t.strictSame(all.toSorted(), ['1', '2', '3', '4'])
    t.strictSame(names, files)
    journal.close()
    t.ok(copies.length > 20, `${copies.length} copies`)
    for (const { folder, written: acknowledged } of copies) {
      fs.rmSync(`${folder}/.journal.lock`, { force: true })
      const found = Journal.open(`${folder}/.journal`, Date.now)
      const known = (found.senders.positions.get(a)?.expected ?? 1) - 1
      found.close()
      const { lines } = readLogs(folder)
      const expected = Array.from({ length: known }, (_, index) => String(index + 1))
      t.strictSame(lines.toSorted(), expected, 'what is known to be there is there, and no more')
      t.ok(known >= acknowledged, 'what was called written is there')
    }
  })
}
