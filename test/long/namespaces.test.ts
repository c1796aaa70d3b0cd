/** An app that is killed in a pid namespace of its own counts as dead after 40 s without a sign of life. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, startCollector } from '../helpers/collector.ts'
import { noNamespaces, unshare } from '../helpers/namespace.ts'
import { startApp, takeAddress, waitForSegments } from '../helpers/spooler.ts'
import { waitFor } from '../helpers/wait.ts'

const title = 'what an app left that was killed in another pid namespace is sent by one that lives'
test(title, { skip: noNamespaces, timeout: 120_000 }, async t => {
  t.testdir()
  const address = await takeAddress(t)
  const first = startApp(t, { address, dir: 'spool', name: 'first', unshare })
  const dir = join(first.cwd, 'spool')
  await waitForSegments(dir)
  const second = startApp(t, { address, dir: 'spool', name: 'second', unshare })
  await waitForSegments(dir, 2)
  first.child.kill('SIGKILL')
  await once(first.child, 'close')
  const killedAt = performance.now()
  const collector = await startCollector(t, { bind: address })
  await waitFor(() => readdirSync(dir).length === 0, 'an empty spool', 90_000)
  t.ok(performance.now() - killedAt > 30_000, 'not before its lock has expired')
  t.match(readFolder(collector.folder), '"name":"first"')
  t.equal(await second.end(), 0, second.stderr())
})
