/** What docs/page.md says about programs that are no browser. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'tap'
import { findBlock } from '../helpers/code-blocks.ts'
import { loopback } from '../helpers/loopback.ts'
import { startPage } from '../helpers/page.ts'

const run = promisify(execFile)

/** Why the commands can't run here; false where they can. */
const noCurl = await run('sh', ['-c', 'curl --version']).then(
  () => false as const,
  () => 'needs sh and curl'
)

test('the commands in docs/page.md get records with the token', { skip: noCurl }, async t => {
  const { port, token } = await startPage(t)
  const { code } = findBlock('docs/page.md', 'curl')
  const commands = code
    .replaceAll('127.0.0.1:8558', `${loopback}:${port}`)
    .replace(/"token":"[^"]*"/, `"token":"${token}"`)
  const env = { PATH: process.env['PATH'] } // without a proxy that curl would ask
  const { stdout } = await run('sh', ['-ec', commands], { cwd: t.testdir(), env })
  t.strictSame(JSON.parse(stdout), { end: { found: 0, troubles: [] } })
})
