/** What becomes of the service when nobody takes what it says about itself. */
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  writeSync
} from 'node:fs'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { python } from '../helpers/python-command.ts'
import { root } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** A stderr: something for spawn, and what is done when the program runs. */
type Stderr = (t: Test) => { stderr: number | 'pipe'; after?: (child: ChildProcess) => void }

const stderrs: Record<string, Stderr> = {
  'a full disk': t => {
    const stderr = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(stderr))
    return { stderr }
  },
  'a pipe that nobody reads': t => ({ stderr: openPipe(t).writer }),
  'a socket that nobody reads': () => ({ stderr: 'pipe' }),
  'a pipe that is closed': () => ({ stderr: 'pipe', after: child => child.stderr?.destroy() })
}

/** A pipe whose writers are blocked when it is full. @param isFull whether it is */
function openPipe(t: Test, isFull = false): { reader: number; writer: number } {
  const path = join(t.testdirName, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY)
  const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  if (isFull) t.throws(() => fill(filler), { code: 'EAGAIN' })
  t.teardown(() => [reader, writer, filler].forEach(closeSync))
  return { reader, writer }
}

function fill(fd: number): never {
  for (;;) writeSync(fd, Buffer.alloc(4096))
}

/** Resolves when a collector listens at an ipc:// address. */
async function untilBound(address: string): Promise<void> {
  await waitFor(() => existsSync(address.slice('ipc://'.length)), 'the socket')
}

/** Starts a program of this repository; it is killed at the end of the test. */
function start(t: Test, script: string, args: string[], stdio: (number | 'pipe' | 'ignore')[]) {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    stdio: stdio as ['pipe', 'pipe', 'pipe'],
    cwd: t.testdirName
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, exited }
}

/** Makes the collector say much: it names each file that it opens. */
const manyTopics = Array.from({ length: 300 }, (_, index) => [
  `app.INFO.${'x'.repeat(60)}-${index}`,
  'a line'
])

for (const [what, open] of Object.entries(stderrs)) {
  test(`the collector's own log goes to ${what}: the service goes on`, async t => {
    const dir = t.testdir()
    const { stderr, after } = open(t)
    const address = `ipc://${makeSocketPath(t)}`
    const file = join(dir, 'logs', '{topic}', '{topic}', '{date}.log')
    const args = ['--bind', address, '--file', file]
    const { child, exited } = start(t, 'collector.js', args, ['ignore', 'ignore', stderr])
    await untilBound(address)
    after?.(child)
    await publish(t, address, manyTopics)
    const countLogs = (): number => readdirSync(join(dir, 'logs')).length
    await waitFor(() => countLogs() > manyTopics.length, 'all logs', 60_000) // and the journal
    child.kill('SIGHUP')
    await publish(t, address, [['app.INFO.last', 'the last line']])
    await waitForLines(() => readFolder(join(dir, 'logs', 'last', 'last')), 1)
    child.kill('SIGTERM')
    t.strictSame(await exited, [0, null])
  })
}

test('a pipe that is read late gets everything that it could not hold', async t => {
  const dir = t.testdir()
  const { reader, writer: stderr } = openPipe(t)
  const address = `ipc://${makeSocketPath(t)}`
  const args = ['--bind', address, '--file', join(dir, 'logs', '{topic}', '{topic}', '{date}.log')]
  const { child, exited } = start(t, 'collector.js', args, ['ignore', 'ignore', stderr])
  await untilBound(address)
  await publish(t, address, manyTopics)
  await waitFor(() => readdirSync(join(dir, 'logs')).length > manyTopics.length, 'all logs', 60_000)
  child.kill('SIGTERM')
  let text = ''
  const bytes = Buffer.alloc(2 ** 20)
  const read = (): string => {
    try {
      text += bytes.toString('utf8', 0, readSync(reader, bytes))
    } catch {
      // EAGAIN: nothing more yet
    }
    return text
  }
  await waitFor(() => read().includes('"stopped"'), 'the last word')
  t.strictSame(await exited, [0, null])
  const messages = text
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { msg: string }).msg)
  t.ok(text.length > 65_536, 'more than a pipe holds')
  t.equal(messages.filter(msg => msg === 'writing').length, manyTopics.length)
})

test(
  'a terminal that is stopped does not stop the collector',
  { skip: !python && 'no Python' },
  async t => {
    const dir = t.testdir()
    const address = `ipc://${makeSocketPath(t)}`
    const file = join(dir, 'logs', '{topic}', '{topic}', '{date}.log')
    const script = `import os, pty, subprocess, sys
main, terminal = pty.openpty()
sys.exit(subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL, stderr=terminal))`
    const program = [
      process.execPath,
      join(root, 'collector.js'),
      '--bind',
      address,
      '--file',
      file
    ]
    const child = spawn(python ?? '', ['-c', script, ...program])
    const exited = once(child, 'exit')
    t.teardown(() => child.kill('SIGKILL'))
    await untilBound(address)
    await publish(t, address, manyTopics)
    await waitFor(
      () => readdirSync(join(dir, 'logs')).length > manyTopics.length,
      'all logs',
      60_000
    )
    const lock = readdirSync(join(dir, 'logs')).find(name => name.endsWith('.lock')) ?? ''
    const { pid } = JSON.parse(readFileSync(join(dir, 'logs', lock), 'utf8')) as { pid: number }
    process.kill(pid, 'SIGTERM')
    t.strictSame(await exited, [0, null])
  }
)

for (const [what, open] of Object.entries(stderrs)) {
  test(`with --tee, stdout is ${what}: what was read is sent all the same`, async t => {
    const dir = t.testdir()
    const { stderr: stdout, after } = open(t)
    const address = `ipc://${makeSocketPath(t)}`
    const file = join(dir, 'logs', '{date}.log')
    start(t, 'collector.js', ['--bind', address, '--file', file], ['ignore', 'ignore', 'ignore'])
    const args = ['--address', address, '--tee']
    const { child, exited } = start(t, 'lib/cli/pipe.js', args, ['pipe', stdout, 'ignore'])
    if (after) child.stdout?.destroy()
    const lines = Array.from({ length: 300 }, (_, line) => `{"line":${line}} ${'x'.repeat(1000)}\n`)
    child.stdin?.on('error', () => undefined)
    child.stdin?.write(lines.join(''))
    await waitForLines(() => readFolder(join(dir, 'logs')), 60)
    child.kill('SIGTERM')
    t.strictSame(await exited, [0, null])
  })
}

test('the events of a pipe whose stderr nobody reads end nothing', async t => {
  t.testdir()
  const { writer: stderr } = openPipe(t, true)
  const args = ['--address', 'tcp://127.0.0.1:1', '--close-timeout-ms', '50']
  const { child, exited } = start(t, 'lib/cli/pipe.js', args, ['pipe', 'ignore', stderr])
  child.stdin?.end('one\n')
  t.strictSame(await exited, [1, null])
})
