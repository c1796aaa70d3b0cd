/** What others do to a spool's folder while an app, or pipe mode, logs into it. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { readFolder, startCollector, type TestCollector } from '../helpers/collector.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const lines = 1000
const tight = { maxBufferBytes: 8192, batchBytes: 1024, stallMs: 100, closeTimeoutMs: 5000 }

/** An app whose lines are sent by some means. */
interface Spooler extends Program {
  /** Logs 1000 lines more. */
  log(): void
  /** Logs nothing more. @returns the exit code */
  end(): Promise<number | null>
  cwd: string
}

/** A program that root starts is another user's: for root no folder is read-only. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined

type Start = (t: Test, address: string, dir: string) => Spooler

function makeFolder(t: Test): string {
  const cwd = join(t.testdirName, 'app')
  mkdirSync(join(cwd, 'elsewhere'), { recursive: true })
  for (const path of [cwd, join(cwd, 'elsewhere')]) chmodSync(path, 0o777)
  return cwd
}

const startApp = (t: Test, address: string, dir: string, count = lines): Spooler => {
  const cwd = makeFolder(t)
  const options = { ...tight, address, spool: { dir } }
  const env = {
    OPTIONS: JSON.stringify(options),
    LINES: String(count),
    CHDIR: join(cwd, 'elsewhere')
  }
  const program = startProgram(t, 'test/fixtures/spool-app.js', { env, cwd, uid })
  return {
    ...program,
    cwd,
    log: () => void program.child.stdin?.write('\n'),
    async end() {
      program.child.stdin?.end()
      return (await program.exited).code
    }
  }
}

const startPipe: Start = (t, address, dir) => {
  const cwd = makeFolder(t)
  const options = {
    address,
    spool: dir,
    'max-buffer-bytes': 8192,
    'batch-bytes': 1024,
    'stall-ms': 100
  }
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const program = startProgram(t, 'lib/cli/pipe.js', { args, cwd, uid })
  let line = 0
  const log = (): void => {
    const from = line
    line += lines
    const records = Array.from({ length: lines }, (_, index) => ({
      level: 30,
      line: from + index + 1
    }))
    program.child.stdin?.write(records.map(record => `${JSON.stringify(record)}\n`).join(''))
  }
  log()
  return {
    ...program,
    cwd,
    log,
    async end() {
      program.child.stdin?.end()
      return (await program.exited).code
    }
  }
}

const isSegment = (name: string): boolean => name.endsWith('.seg')

async function waitForSegment(dir: string): Promise<void> {
  await waitFor(() => existsSync(dir) && readdirSync(dir).some(isSegment), 'a segment')
}

/** Waits until the log has the lines 1 to `count`, and checks that it has each once. */
async function checkLines(t: Test, collector: TestCollector, count: number): Promise<void> {
  const numbers = async (): Promise<number[]> =>
    readFolder(collector.folder)
      .split('\n')
      .slice(0, -1)
      .map(text => (JSON.parse(text) as { line: number }).line)
  await waitFor(async () => (await numbers()).length >= count, `${count} lines`)
  t.strictSame(
    (await numbers()).toSorted((a, b) => a - b),
    Array.from({ length: count }, (_, index) => index + 1)
  )
  t.equal(collector.collector.totals.missingRecords, 0)
}

const acts: [what: string, act: (dir: string) => void][] = [
  ['deletes the folder', dir => rmSync(dir, { recursive: true })],
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
      const { address } = await takeAddress(t)
      const spooler = start(t, address, 'spool') // relative: the app changes its folder meanwhile
      const dir = join(spooler.cwd, 'spool')
      await waitForSegment(dir)
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
    const { address } = await takeAddress(t)
    const first = startApp(t, address, 'spool')
    const dir = join(first.cwd, 'spool')
    await waitForSegment(dir)
    act(dir)
    first.log()
    t.equal(await first.end(), 0, first.stderr())
    t.match(first.stderr(), `${2 * lines} kept in the spool`)
    const collector = await startCollector(t, { bind: address })
    const heir = startApp(t, address, dir, 0)
    await checkLines(t, collector, 2 * lines)
    t.equal(await heir.end(), 0, heir.stderr())
  })
}

/** The address of a collector that has ended. */
async function takeAddress(t: Test): Promise<{ address: string }> {
  const { address, collector } = await startCollector(t)
  await collector.stop()
  return { address }
}
