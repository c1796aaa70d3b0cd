/** Programs as child processes. */
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { loopback } from './loopback.ts'
import { waitFor } from './wait.ts'

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..')

/** A started program and its output so far. */
export interface Program {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves when the process has ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** How a program is started. */
export interface ProgramOptions {
  args?: string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  command?: string
  /** a command that starts it, with its arguments */
  prefix?: string[] | undefined
  /** the user that it runs as; that of the test by default */
  uid?: number | undefined
}

/** Starts a script of this repository ('' for none), with Node.js or another command; it is killed at the end of the test. */
export function startProgram(t: Test, script: string, options: ProgramOptions = {}): Program {
  const {
    args = [],
    env = {},
    cwd = folderOf(t),
    command = process.execPath,
    prefix = [],
    uid
  } = options
  const words = script === '' ? [command, ...args] : [command, join(root, script), ...args]
  const [first = command, ...rest] = [...prefix, ...words]
  const child = spawn(first, rest, {
    cwd,
    // tap's NODE_OPTIONS make a program write into the repository, which another user may not.
    env: { ...process.env, ...(uid !== undefined && { NODE_OPTIONS: '' }), ...env },
    ...(uid !== undefined && { uid, gid: uid })
  })
  const program = watch(child)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await program.exited
  })
  return program
}

/** Keeps what a child writes, and how it ends. */
export function watch(child: ChildProcessWithoutNullStreams): Program {
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => (output.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', chunk => (output.stderr += chunk))
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null
  }))
  return { child, exited, stdout: () => output.stdout, stderr: () => output.stderr }
}

function folderOf(t: Test): string {
  return existsSync(t.testdirName) ? t.testdirName : t.testdir()
}

/** A collector that listens. */
export interface CollectorProgram extends Program {
  address: string
  /** The collector's own log so far. */
  entries(): Record<string, unknown>[]
  /** Waits for an entry whose `msg` is this, or matches. */
  waitForEntry(message: string | RegExp): Promise<Record<string, unknown>>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
}

/** Starts `node collector.js` on a free port unless `args` has an address, and waits until it listens. */
export async function startCollectorProgram(
  t: Test,
  args: string[] = [],
  options: ProgramOptions = {}
): Promise<CollectorProgram> {
  const bind = args.some(arg => /^--(?:bind|connect)(?:=|$)/.test(arg))
  const given = bind ? args : ['--bind', `tcp://${loopback}:*`, ...args]
  const program = startProgram(t, 'collector.js', { ...options, args: given })
  const entries = (): Record<string, unknown>[] =>
    program
      .stderr()
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as Record<string, unknown>)
  const waitForEntry = (message: string | RegExp): Promise<Record<string, unknown>> =>
    waitFor(
      () =>
        entries().find(({ msg }) =>
          typeof message === 'string' ? msg === message : message.test(String(msg))
        ),
      `'${message}' in the collector's log`
    )
  const { address } = await waitForEntry('listening')
  return {
    ...program,
    address: String(address),
    entries,
    waitForEntry,
    async stop() {
      program.child.kill('SIGTERM')
      return (await program.exited).code
    }
  }
}
