/** `zmq-pub-collector top` asks a running collector, over its control socket. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { Snapshot } from '../../lib/collector/control/snapshot.ts'
import { toJournalPath } from '../../lib/collector/journal/journal-path.ts'
import { SnapshotClient } from '../../lib/top/snapshot-client.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { publish } from '../helpers/foreign.ts'
import {
  root,
  startCollectorProgram,
  startProgram,
  type ProgramOptions
} from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const isWindows = process.platform === 'win32'
const isRoot = process.getuid?.() === 0

/** A folder with a short path: that of a socket is limited. */
function makeFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs `top` to its end. */
async function top(t: Test, args: string[], options: ProgramOptions = {}) {
  const program = startProgram(t, 'collector.js', { ...options, args: ['top', ...args] })
  const { code } = await program.exited
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

/** What a collector tells `top`. */
function ask(file: string): Promise<Snapshot> {
  return new SnapshotClient(toJournalPath(file)).ask()
}

/** What `top --json` prints. */
async function takeSnapshot(t: Test, args: string[], options: ProgramOptions = {}) {
  const { code, stdout, stderr } = await top(t, [...args, '--json'], options)
  t.equal(code, 0, stderr)
  return JSON.parse(stdout) as Snapshot & { linesPerSecond: number }
}

test('senders, root topics, gaps and outputs are in the answer, names exactly as they were sent', async t => {
  const file = ['--file', join(makeFolder(t), 'all.log'), '--rotate', 'never']
  const collector = await startCollectorProgram(t, file)
  const evil = 'evil\u001b[31m\u009b\u202e\r\n'
  const lossy = await RawSender.connect(t, collector.address)
  await lossy.hello(1, {
    app: evil,
    host: 'web-1',
    pid: 17,
    dropped: [{ from: 1, to: 5, why: '' }]
  })
  await lossy.batch(6, 2, '{"msg":"six"}\n{"msg":"seven"}\n')
  const left = await RawSender.connect(t, collector.address)
  await left.hello(1, { app: 'left' })
  await left.bye(1)
  await publish(t, collector.address, [['jobs.INFO.db', 'from Python']])
  await waitFor(async () => {
    const { roots, senders } = await ask(String(file[1]))
    return roots.length > 0 && senders.length > 1
  }, 'all that was sent')
  const answer = await takeSnapshot(t, file)
  t.match(answer.senders, [
    {
      app: evil,
      host: 'web-1',
      pid: 17,
      status: 'connected',
      records: 2,
      bytes: 30,
      missingRecords: 5
    },
    { app: 'left', status: 'gone', records: 0 }
  ])
  t.match(answer, {
    pid: collector.child.pid,
    connected: 1,
    gone: 1,
    addresses: [collector.address],
    roots: [{ root: 'jobs', records: 1, bytes: 11, droppedRecords: 0 }],
    outputs: [{ file: file[1], isRequired: true, pendingBytes: 0 }],
    totals: { records: 2, plainRecords: 1, missingRecords: 5 },
    linesPerSecond: 0
  })
  const table = await top(t, file)
  t.equal(table.code, 0, table.stderr)
  t.match(table.stdout, /^zmq-pub-collector \d/)
  t.match(table.stdout, String.raw`evil\u001b[31m\u009b\u202e\u000d\u000a`)
  // oxlint-disable-next-line no-control-regex
  t.notMatch(table.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  t.equal(await collector.stop(), 0)
})

test('the commands in docs/top.md work', { skip: isWindows && 'a POSIX shell' }, async t => {
  const folder = makeFolder(t)
  writeFileSync(join(folder, 'collector.json'), '{ "file": "logs/{date}.log" }')
  await startCollectorProgram(t, ['--config', 'collector.json'], { cwd: folder })
  const start = (code: string): ReturnType<typeof startProgram> => {
    const command = `zmq-pub-collector() { "$NODE" "$COLLECTOR" "$@"; }\n${code}`
    const env = { NODE: process.execPath, COLLECTOR: join(root, 'collector.js') }
    return startProgram(t, '', { command: 'bash', args: ['-euc', command], cwd: folder, env })
  }
  const commands = start(findBlock('docs/top.md', 'commands').code)
  t.equal((await commands.exited).code, 0, commands.stderr())
  t.equal(
    commands.stdout().match(/^zmq-pub-collector \d/gm)?.length,
    2,
    'without a terminal, tables'
  )
  t.match(JSON.parse(commands.stdout().trim().split('\n').at(-1) ?? ''), { form: 1 })
  await t.test(
    'with jq',
    { skip: spawnSync('jq', ['--version']).error ? 'no jq' : false },
    async t => {
      const jq = start(findBlock('docs/top.md', 'jq').code)
      t.equal((await jq.exited).code, 0, jq.stderr())
    }
  )
})

test(
  'each collector has its own socket, which is gone when it has stopped',
  { skip: isWindows },
  async t => {
    const folder = makeFolder(t)
    const flags = ['a', 'b'].map(name => ['--file', join(folder, name), '--rotate', 'never'])
    const collectors = await Promise.all(flags.map(args => startCollectorProgram(t, args)))
    for (const [index, args] of flags.entries()) {
      t.equal((await ask(String(args[1]))).pid, collectors[index]?.child.pid)
    }
    for (const name of ['.a.journal.sock', '.b.journal.sock']) {
      t.equal(lstatSync(join(folder, name)).mode & 0o777, 0o600)
    }
    for (const collector of collectors) t.equal(await collector.stop(), 0)
    t.strictSame(readdirSync(folder).toSorted(), ['.a.journal', '.b.journal', 'a', 'b'])
  }
)

test('after kill -9 nothing answers, and the next collector takes the place of the dead one', async t => {
  const file = ['--file', join(makeFolder(t), 'all.log'), '--rotate', 'never']
  const killed = await startCollectorProgram(t, file)
  t.equal((await ask(String(file[1]))).pid, killed.child.pid)
  killed.child.kill('SIGKILL')
  await killed.exited
  const { code, stdout, stderr } = await top(t, file)
  t.strictSame([code, stdout], [1, ''])
  t.match(
    stderr,
    /^zmq-pub-collector: ERR_ZMQ_PUB_ADDRESS: no collector is writing this log: nothing listens on /
  )
  const next = await startCollectorProgram(t, file)
  t.equal((await ask(String(file[1]))).pid, next.child.pid)
})

test('the socket follows the journal when a reload moves it', { skip: isWindows }, async t => {
  const folder = makeFolder(t)
  const config = join(folder, 'collector.json')
  const write = (name: string): void =>
    writeFileSync(config, JSON.stringify({ file: join(folder, name, '{date}.log') }))
  write('old')
  const collector = await startCollectorProgram(t, ['--config', config])
  t.match(await ask(join(folder, 'old', '{date}.log')), {
    journal: join(folder, 'old', '.{date}.log.journal')
  })
  write('new')
  collector.child.kill('SIGHUP')
  await collector.waitForEntry('configuration reloaded')
  const socket = '.{date}.log.journal.sock'
  await waitFor(() => existsSync(join(folder, 'new', socket)), 'the new socket')
  t.notOk(existsSync(join(folder, 'old', socket)))
  t.match(await takeSnapshot(t, ['--config', config]), {
    pid: collector.child.pid,
    journal: join(folder, 'new', '.{date}.log.journal')
  })
  t.equal(await collector.stop(), 0)
  t.notOk(existsSync(join(folder, 'new', socket)))
})

test(
  'a log with a long path has its socket in the temporary folder',
  { skip: isWindows },
  async t => {
    const folder = makeFolder(t)
    const env = { TMPDIR: join(folder, 'tmp') }
    mkdirSync(env.TMPDIR)
    const file = ['--file', join(folder, 'x'.repeat(120), 'all.log'), '--rotate', 'never']
    const collector = await startCollectorProgram(t, file, { env })
    const { path } = await collector.waitForEntry(/^control socket in the temporary folder/)
    t.match(path, join(env.TMPDIR, `zmq-pub-${process.getuid?.()}`))
    t.equal((await takeSnapshot(t, file, { env })).pid, collector.child.pid)
    t.equal(await collector.stop(), 0)
    t.notOk(existsSync(String(path)))
  }
)

test(
  'where there can be no socket that is said once, and the collector runs',
  { skip: isWindows },
  async t => {
    const folder = makeFolder(t)
    mkdirSync(join(folder, '.all.log.journal.sock', 'in the way'), { recursive: true })
    const file = ['--file', join(folder, 'all.log'), '--rotate', 'never']
    const collector = await startCollectorProgram(t, file)
    t.match(await collector.waitForEntry(/^no control socket/), { level: 30, reason: /rename/ })
    const { code, stderr } = await top(t, file)
    t.equal(code, 1)
    t.match(stderr, `the collector with the pid ${collector.child.pid} on the host`)
    t.equal(await collector.stop(), 0)
    t.equal(collector.entries().filter(({ msg }) => /control socket/.test(String(msg))).length, 1)
  }
)

test(
  'another user is refused, with the user to run it as',
  { skip: !isRoot && 'only root can try' },
  async t => {
    const folder = makeFolder(t)
    chmodSync(folder, 0o755)
    const file = ['--file', join(folder, 'all.log'), '--rotate', 'never']
    await startCollectorProgram(t, file)
    const { code, stderr } = await top(t, file, { uid: 65_534, cwd: '/' })
    t.equal(code, 1)
    t.match(
      stderr,
      /only the collector's user and root may open .*, got the user 65534, but the log belongs to the user 0/
    )
  }
)
