/** Apps, and pipe mode, that log numbered lines into a small buffer and a spool. */
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readFolder, startCollector, type TestCollector } from './collector.ts'
import { startProgram, type Program } from './program.ts'
import { waitFor } from './wait.ts'

/** How many lines are logged at a time. */
export const lines = 1000
const tight = { maxBufferBytes: 8192, batchBytes: 1024, stallMs: 100, closeTimeoutMs: 5000 }

/** An app whose lines are sent by some means. */
export interface Spooler extends Program {
  /** Logs 1000 lines more. */
  log(): void
  /** Logs nothing more. @returns the exit code */
  end(): Promise<number | null>
  cwd: string
}

/** How an app is started. */
export interface SpoolerOptions {
  address: string
  /** folder of the spool */
  dir: string
  /** the logger's name */
  name?: string
  /** lines logged at a time */
  count?: number
  /** the command that starts it in a namespace of its own */
  unshare?: string[] | undefined
}

/** A program that root starts is another user's: for root no folder is read-only. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined

function makeFolder(t: Test): string {
  const cwd = join(t.testdirName, 'app')
  mkdirSync(join(cwd, 'elsewhere'), { recursive: true })
  for (const path of [cwd, join(cwd, 'elsewhere')]) chmodSync(path, 0o777)
  return cwd
}

/** Starts an app that logs at once, and changes its working directory when it logs again. */
export function startApp(t: Test, options: SpoolerOptions): Spooler {
  const { address, dir, name = 'spooler', count = lines, unshare } = options
  const cwd = makeFolder(t)
  const env = {
    OPTIONS: JSON.stringify({ ...tight, address, spool: { dir } }),
    LINES: String(count),
    NAME: name,
    CHDIR: join(cwd, 'elsewhere')
  }
  const user = unshare ? { prefix: unshare } : { uid } // only root may unshare
  const program = startProgram(t, 'test/fixtures/spool-app.js', { env, cwd, ...user })
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

/** Starts pipe mode, with lines as an app logs them. */
export function startPipe(t: Test, { address, dir }: SpoolerOptions): Spooler {
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

/** Waits until a process has something in a spool's folder. @param spools how many processes */
export async function waitForSegments(dir: string, spools = 1): Promise<void> {
  const isSegment = (name: string): boolean => name.endsWith('.seg')
  await waitFor(() => {
    const names = existsSync(dir) ? readdirSync(dir).filter(isSegment) : []
    return new Set(names.map(name => name.slice(0, 16))).size >= spools
  }, `segments of ${spools} processes`)
}

/** Waits until the log has the lines 1 to `count`, and checks that it has each once. */
export async function checkLines(t: Test, collector: TestCollector, count: number): Promise<void> {
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

/** The address of a collector that has ended. */
export async function takeAddress(t: Test): Promise<string> {
  const { address, collector } = await startCollector(t)
  await collector.stop()
  return address
}
