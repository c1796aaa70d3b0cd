/** The quick tests on every supported major version of Node.js; the npm package `node` brings them. */
import { test } from 'tap'
import { root, startProgram } from '../helpers/program.ts'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

for (const version of [20, 22, 24, 26]) {
  test(`the quick tests pass on Node.js ${version}`, async t => {
    const both = `node --version && npm test`
    const args = ['exec', '--yes', `--package=node@${version}`, '-c', both]
    const run = startProgram(t, '', { command: npm, args, cwd: root })
    t.equal((await run.exited).code, 0, run.stdout() + run.stderr())
    t.match(run.stdout(), `v${version}.`)
  })
}
