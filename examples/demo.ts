/**
 * Everything on one machine: a collector, two apps, and their lines in one file.
 *
 *   npm run demo
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')
const lines = Number(process.env['LINES'] ?? 200)
const apps = ['shop', 'billing']
const file = join('logs', 'demo.log')
rmSync(file, { force: true })

const collectorArguments = ['--bind', 'tcp://127.0.0.1:*', '--file', file, '--rotate', 'never']
const collector = run('collector.js', collectorArguments, {}, 'pipe')
const address = await findAddress(collector)
console.log(`collector listens on ${address} and writes ${file}`)

const children = apps.map(app =>
  run(
    join('examples', 'app.js'),
    [],
    { APP: app, ADDRESS: address, LINES: String(lines) },
    'inherit'
  )
)
console.log(`${apps.join(' and ')} log ${lines} lines each\n`)

const timer = setInterval(showProgress, 500)
await Promise.all(children.map(child => once(child, 'exit')))
clearInterval(timer)
collector.kill('SIGTERM')
await once(collector, 'exit')

const written = readLines()
showProgress()
const expected = apps.length * lines
console.log(`\n${expected} lines logged by ${apps.length} apps, ${written.length} in ${file}`)
process.exitCode = written.length === expected ? 0 : 1

function run(
  script: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  stderr: 'pipe' | 'inherit'
): ChildProcess {
  return spawn(process.execPath, [join(root, script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', stderr]
  })
}

/** Reads the collector's address from its own log. */
async function findAddress(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('the collector has no stderr')
  for await (const line of createInterface(child.stderr)) {
    const entry = JSON.parse(line) as { msg: string; address?: string }
    if (entry.msg === 'listening' && entry.address !== undefined) {
      child.stderr.resume()
      return entry.address
    }
  }
  throw new Error('the collector ended before it listened')
}

function readLines(): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}

function showProgress(): void {
  const all = readLines()
  console.log(`${String(all.length).padStart(6)} lines  ${all.at(-1)?.slice(0, 120) ?? ''}`)
}
