/** Programs whose working directory is deleted. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

test('a collector whose working directory is deleted and made anew writes and reads there', async t => {
  const cwd = join(
    t.testdir({ app: { 'c.json': '{ "file": "logs/x.log", "rotate": "never" }' } }),
    'app'
  )
  const collector = await startCollectorProgram(t, ['--config', 'c.json'], { cwd })
  rmSync(cwd, { recursive: true })
  mkdirSync(cwd)
  const config = { file: 'other/x.log', rotate: 'never' }
  writeFileSync(join(cwd, 'c.json'), JSON.stringify(config))
  // What comes before it has noticed is written to the deleted file.
  await waitFor(async () => {
    await publish(t, collector.address, [['INFO', 'deleted']])
    return readFolder(join(cwd, 'logs')) !== ''
  }, 'a record at the old path')
  collector.child.kill('SIGHUP')
  await collector.waitForEntry('configuration reloaded')
  await publish(t, collector.address, [['INFO', 'reloaded']])
  await waitFor(() => readFolder(join(cwd, 'other')).includes('reloaded'), 'the new log')
})

for (const [file, message] of [
  ['logs/x.log', 'ERR_ZMQ_PUB_FILE: logs/x.log is relative to a working directory that is gone'],
  ['/dev/null/x.log', 'ERR_ZMQ_PUB_FILE: cannot write /dev/null/']
] as const) {
  test(`a collector that is started in a deleted folder says what is wrong with ${file}`, async t => {
    t.testdir({ gone: {} })
    // tap's hooks, which NODE_OPTIONS loads, need a working directory.
    const line = 'cd gone; rmdir ../gone; unset NODE_OPTIONS; exec "$@"'
    const command = [process.execPath, join(root, 'collector.js'), `--file=${file}`]
    const args = ['-c', line, 'sh', ...command, '--bind=tcp://127.0.0.1:*']
    const collector = startProgram(t, '', { command: 'sh', args })
    t.not((await collector.exited).code, 0)
    t.match(collector.stderr(), message)
  })
}
