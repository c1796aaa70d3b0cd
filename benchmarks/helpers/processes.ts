/** The processes of benchmarks and drills: collectors and apps. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { loopback } from '../../test/helpers/loopback.ts'

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..')

/** What an app of the drill prints on stdout, one JSON line each; unit: records. */
export interface AppFact {
  logged?: number
  adopted?: number
}

/** A collector that listens at `address`. */
export interface CollectorProcess {
  child: ChildProcess
  address: string
  /** of its page; '' without `--ui` */
  url: string
}

/** A running app of the drill. */
export interface App {
  name: string
  child: ChildProcess
  /** Records that it adopted from spools of other apps. */
  adoptedRecords(): number
  /** Ends it. @returns how many lines it has logged */
  stop(): Promise<number>
}

/**
 * Starts a collector and waits until it listens.
 * @param folder for its files, where no `--config` says otherwise
 * @param address a free port by default
 */
export async function startCollector(
  folder: string,
  address = `tcp://${loopback}:*`,
  args: string[] = []
): Promise<CollectorProcess> {
  const file = args.includes('--config') ? [] : ['--file', join(folder, '{date}.log')]
  const child = spawn(
    process.execPath,
    [join(root, 'collector.js'), '--bind', address, ...file, ...args],
    { stdio: ['ignore', 'inherit', 'pipe'] }
  )
  const hasPage = args.includes('--ui')
  let output = ''
  let found = { address: '', url: '' }
  for await (const line of createInterface(child.stderr)) {
    output += `${line}\n`
    const entry = JSON.parse(line) as { msg: string; address?: string; url?: string }
    if (entry.msg === 'listening' && entry.address !== undefined)
      found = { ...found, address: entry.address }
    if (entry.msg === 'serving the page' && entry.url !== undefined)
      found = { ...found, url: entry.url }
    if (found.address === '' || (hasPage && found.url === '')) continue
    child.stderr.resume()
    return { child, ...found }
  }
  throw new Error(`the collector ended before it listened: ${output}`)
}

/** Starts a program of benchmarks/programs that is told by stdin what to do and answers by stdout. */
export function startProgram(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(root, 'benchmarks/programs', `${name}.js`)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit']
  })
}

/** The next line that a program prints. @throws where it ends before */
export async function readLine(child: ChildProcess): Promise<string> {
  const output = child.stdout
  if (!output) throw new Error('nothing of this program can be read')
  let line = ''
  while (!line.endsWith('\n')) {
    const byte = output.read(1) as Buffer | null
    if (byte) line += byte.toString()
    else await Promise.race([once(output, 'readable'), once(output, 'end')])
    if (output.readableEnded) throw new Error(`a program ended after '${line}'`)
  }
  return line.trim()
}

/**
 * Starts an app of the drill.
 * @param rate lines a second, 0 = full speed
 */
export function startApp(
  name: string,
  address: string,
  rate: number,
  options: object = {},
  env: NodeJS.ProcessEnv = {}
): App {
  const child = spawn(process.execPath, [join(root, 'benchmarks/programs/drill-app.js')], {
    env: {
      ...process.env,
      NAME: name,
      ADDRESS: address,
      RATE: String(rate),
      OPTIONS: JSON.stringify(options),
      ...env
    },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const facts = (): AppFact[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as AppFact)
  return {
    name,
    child,
    adoptedRecords: () => facts().reduce((sum, { adopted }) => sum + (adopted ?? 0), 0),
    async stop() {
      child.stdin?.end()
      await once(child, 'close')
      return facts().find(({ logged }) => logged !== undefined)?.logged ?? Number.NaN
    }
  }
}
