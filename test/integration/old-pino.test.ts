/** Apps with the oldest pino that works, and with the oldest thread-stream that tells events. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { root, startProgram } from '../helpers/program.ts'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const cases: [packages: string[], hasEvents: boolean][] = [
  [['pino@7.0.0'], false],
  [['pino@8.20.0', 'thread-stream@2.0.1'], false],
  [['pino@8.20.0', 'thread-stream@2.2.0'], true],
  [['pino@8.21.0', 'thread-stream@2.6.0'], true]
]

const app = `
  const transport = require('pino').transport({
    target: process.env.TARGET, options: { address: process.env.ADDRESS }
  })
  const logger = require('pino')({ name: 'old' }, transport)
  const waiting = setTimeout(() => logger.info('two'), Number(process.env.WAIT_MS))
  transport.on('subscribed', () => {
    console.log('subscribed')
    clearTimeout(waiting)
    logger.info('two')
  })
  logger.info('one')`

for (const [packages, hasEvents] of cases) {
  const tells = hasEvents ? 'is told events' : 'is sent no events, which it does not know'
  test(`${packages.join(' and ')} logs, and ${tells}`, async t => {
    const folder = t.testdir({ 'app.cjs': app, 'package.json': '{ "private": true }' })
    try {
      const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
      execFileSync(npm, ['install', ...flags, ...packages], { cwd: folder, stdio: 'ignore' })
    } catch {
      return t.plan(0, 'npm could not install it')
    }
    const { address, waitForLines } = await startCollector(t)
    // Where an event is to come, the app ends when it has; where none may come, it has had time to.
    const wait = { WAIT_MS: hasEvents ? '60000' : '1000' }
    const env = { ADDRESS: address, TARGET: join(root, 'transport.js'), ...wait }
    const { exited, stdout, stderr } = startProgram(t, '', { args: ['app.cjs'], cwd: folder, env })
    t.match(await exited, { code: 0 }, stderr())
    t.equal(stderr(), '')
    t.equal(stdout(), hasEvents ? 'subscribed\n' : '')
    const texts = (await waitForLines(2)).map(line => (JSON.parse(line) as { msg: string }).msg)
    t.strictSame(texts, ['one', 'two'])
  })
}
