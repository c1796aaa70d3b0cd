/** What others do to a spool's folder while an app, or pipe mode, logs into it. */
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import {
  checkLines,
  lines,
  startApp,
  startPipe,
  takeAddress,
  waitForSegments
} from '../helpers/spooler.ts'

const isSegment = (name: string): boolean => name.endsWith('.seg')

const acts: [what: string, act: (dir: string) => void][] = [
  ['deletes the folder', dir => rmSync(dir, { recursive: true, maxRetries: 10 })],
  ['moves the folder away', dir => renameSync(dir, `${dir}-moved`)],
  [
    'deletes the segments',
    dir => readdirSync(dir).forEach(name => isSegment(name) && rmSync(join(dir, name)))
  ],
  ['deletes everything in it', dir => readdirSync(dir).forEach(name => rmSync(join(dir, name)))],
  ['makes the folder read-only', dir => chmodSync(dir, 0o555)],
  ['makes the folder impassable', dir => chmodSync(dir, 0o000)]
]

for (const [program, start] of [
  ['an app', startApp],
  ['pipe mode', startPipe]
] as const) {
  for (const [what, act] of acts) {
    test(`somebody ${what} while ${program} spools: all arrives, and the end is a clean one`, async t => {
      t.testdir()
      const address = await takeAddress(t)
      const spooler = start(t, { address, dir: 'spool' }) // relative: the app changes its folder meanwhile
      const dir = join(spooler.cwd, 'spool')
      await waitForSegments(dir)
      act(dir)
      t.teardown(() => existsSync(dir) && chmodSync(dir, 0o755))
      spooler.log()
      const collector = await startCollector(t, { bind: address })
      spooler.log()
      await checkLines(t, collector, 3 * lines)
      t.equal(await spooler.end(), 0, spooler.stderr())
      t.notOk(existsSync(join(spooler.cwd, 'elsewhere', 'spool')))
    })
  }
}

for (const [what, act] of acts.slice(0, 4)) {
  test(`somebody ${what} of an app that ends without a collector: its next start sends all`, async t => {
    t.testdir()
    const address = await takeAddress(t)
    const first = startApp(t, { address, dir: 'spool' })
    const dir = join(first.cwd, 'spool')
    await waitForSegments(dir)
    act(dir)
    first.log()
    t.equal(await first.end(), 0, first.stderr())
    t.match(first.stderr(), `${2 * lines} kept in the spool`)
    const collector = await startCollector(t, { bind: address })
    const heir = startApp(t, { address, dir, count: 0 })
    await checkLines(t, collector, 2 * lines)
    t.equal(await heir.end(), 0, heir.stderr())
  })
}
