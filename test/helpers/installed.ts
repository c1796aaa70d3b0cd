/** The package installed beside others, outside of the repository, and its collector. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readFolder } from './collector.ts'
import { installPackage } from './installation.ts'
import { loopback } from './loopback.ts'
import { startProgram } from './program.ts'
import { waitFor } from './wait.ts'

/** Without what tap adds for its own programs: a user's app has neither tap's hooks nor its mode. */
export const userEnv = { NODE_OPTIONS: '', NODE_ENV: undefined }

/** A folder with `node_modules`. */
export interface Installation {
  folder: string
  /** why tests that need it are skipped; false where everything is installed */
  missing: string | false
}

/** A folder outside of the repository, in which Node.js would also find what the repository has installed. */
export function makeOutsideFolder(t: Pick<Test, 'teardown'>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'zmq-pub-outside-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/**
 * Installs the package with others, without running install scripts.
 * @param packages such as `fastify@5`
 */
export function installWith(t: Pick<Test, 'teardown'>, packages: string[]): Installation {
  const folder = makeOutsideFolder(t)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  try {
    installPackage(folder, packages)
    return { folder, missing: false }
  } catch (error) {
    const lines = String((error as { stderr?: unknown }).stderr)
      .trim()
      .split('\n')
    const why = lines.filter(line => line.includes(' error ')).slice(0, 2)
    return { folder, missing: `npm could not install ${packages.join(' ')}: ${why.join(' ')}` }
  }
}

/** A record in a collector's log. */
export type LoggedRecord = Record<string, unknown> & { msg: string }

/** A collector of the installed package, and its log. */
export interface InstalledCollector {
  address: string
  records(): LoggedRecord[]
  /** How many transports have connected so far. */
  countSenders(): number
  /** Waits for a record with this message. */
  waitForRecord(msg: string): Promise<LoggedRecord>
}

/** Starts the collector of an installed package on a free port. */
export async function startInstalledCollector(
  t: Test,
  installation: Installation
): Promise<InstalledCollector> {
  const logs = mkdtempSync(join(installation.folder, 'logs-'))
  const program = join(installation.folder, 'node_modules', 'zmq-pub', 'collector.js')
  const flags = ['--bind', `tcp://${loopback}:*`, '--file', join(logs, '{date}.log')]
  const { stderr } = startProgram(t, '', { args: [program, ...flags], env: userEnv })
  const address = await waitFor(
    () => /"address":"([^"]*)".*"msg":"listening"/.exec(stderr())?.[1],
    'a collector that listens'
  )
  const records = (): LoggedRecord[] =>
    readFolder(logs)
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as LoggedRecord)
  return {
    address,
    records,
    countSenders: () => stderr().split('"msg":"sender connected"').length - 1,
    waitForRecord: msg => waitFor(() => records().find(each => each.msg === msg), `'${msg}'`)
  }
}
