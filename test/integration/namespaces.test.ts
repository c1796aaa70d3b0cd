/** Programs in pid namespaces of their own, with the same host name, as containers with the host's network have it. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, startCollector } from '../helpers/collector.ts'
import { noNamespaces, unshare } from '../helpers/namespace.ts'
import { lines, startApp, takeAddress, waitForSegments } from '../helpers/spooler.ts'
import { waitFor } from '../helpers/wait.ts'

const skip = { skip: noNamespaces }

test('the spool of an app that lives in another pid namespace is not adopted', skip, async t => {
  t.testdir()
  const address = await takeAddress(t)
  const first = startApp(t, { address, dir: 'spool', name: 'first', unshare })
  const dir = join(first.cwd, 'spool')
  await waitForSegments(dir)
  const second = startApp(t, { address, dir: 'spool', name: 'second', unshare })
  await waitForSegments(dir, 2)
  first.log()
  const collector = await startCollector(t, { bind: address })
  second.log()
  const numbersOf = (name: string): number[] =>
    readFolder(collector.folder)
      .split('\n')
      .slice(0, -1)
      .map(text => JSON.parse(text) as { name: string; line: number })
      .filter(record => record.name === name)
      .map(({ line }) => line)
  const expected = Array.from({ length: 2 * lines }, (_, index) => index + 1)
  for (const name of ['first', 'second']) {
    await waitFor(() => numbersOf(name).length >= 2 * lines, `all lines of ${name}`)
    t.strictSame(numbersOf(name), expected, `${name}: each once, in order`)
  }
  t.equal(collector.collector.totals.missingRecords, 0)
  t.strictSame([await first.end(), await second.end()], [0, 0], first.stderr() + second.stderr())
  t.strictSame(existsSync(dir) && readdirSync(dir), [])
})
