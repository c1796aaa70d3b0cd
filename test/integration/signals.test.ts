/** What signals do to the programs. */
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { loopback } from '../helpers/loopback.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  test(`${signal} stops a collector`, async t => {
    const collector = await startCollectorProgram(t)
    collector.child.kill(signal)
    t.strictSame(await collector.exited, { code: 0, signal: null })
    t.ok(collector.entries().some(({ msg }) => msg === 'stopped'))
  })
}

for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
  test(`${signal} does nothing to a collector, and it says so`, async t => {
    const collector = await startCollectorProgram(t)
    collector.child.kill(signal)
    const message = 'signal ignored; SIGHUP reopens the files'
    t.match(await collector.waitForEntry(message), { level: 40, signal })
    t.equal(await collector.stop(), 0)
    t.notMatch(collector.stderr(), 'Debugger')
  })
}

test('a SIGHUP that finds no change is answered, each time', async t => {
  const collector = await startCollectorProgram(t)
  const count = (): number =>
    collector.entries().filter(({ msg }) => msg === 'configuration unchanged; files reopened')
      .length
  for (const times of [1, 2]) {
    collector.child.kill('SIGHUP')
    await waitFor(() => count() === times, 'the answer')
  }
})

test('a SIGHUP while a collector starts is answered when it has started', async t => {
  t.testdir()
  const args = ['--bind', `tcp://${loopback}:*`]
  const { child, stderr } = startProgram(t, 'collector.js', { args })
  // It has said that it has opened its file, and not yet that it listens.
  child.stderr?.once('data', () => child.kill('SIGHUP'))
  await waitFor(() => stderr().includes('"configuration unchanged; files reopened"'), 'the answer')
})

for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'] as const) {
  test(`${signal} is left to the app whose lines zmq-pub sends`, async t => {
    const folder = t.testdir()
    const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
    const pipe = startProgram(t, 'lib/cli/pipe.js', { args: ['--address', address] })
    pipe.child.stdin?.write('before\n')
    await waitForLines(() => readFolder(folder), 1)
    pipe.child.kill(signal)
    pipe.child.stdin?.end('after\n')
    t.strictSame(await pipe.exited, { code: 0, signal: null })
    t.equal(readFolder(folder), 'before\nafter\n')
  })
}
