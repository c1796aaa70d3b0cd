/**
 * Question: how fast is the whole path, log call to line in the collector's file, next to pino
 *           writing a local file from its worker?
 * Method:   one app process a run, LINES lines of about 145 bytes, drain honoured; the clock runs
 *           from the first log call until flush() says that all is written (for zmq-pub:
 *           acknowledged by the collector, journal on). ROUNDS rounds, rivals interleaved. A run in
 *           which a line is missing is void.
 * Command:  npm run bench        LINES=1000000 ROUNDS=5 npm run bench
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCpuMs, startCollector } from './processes.ts'

const lines = Number(process.env['LINES'] ?? 1_000_000)
const rounds = Number(process.env['ROUNDS'] ?? 5)

interface Run {
  ms: number
  appCpuMs: number
  collectorCpuMs: number
}

const rivals: Record<string, (folder: string) => Promise<Run>> = {
  'pino/file': async folder => {
    const run = await runApp('pino/file', { destination: join(folder, 'file.log') })
    return { ...run, collectorCpuMs: 0 }
  },
  'zmq-pub': async folder => {
    const { child, address } = await startCollector(folder)
    const run = await runApp('zmq-pub', { address })
    const collectorCpuMs = readCpuMs(child.pid)
    child.kill('SIGTERM')
    await once(child, 'exit')
    return { ...run, collectorCpuMs }
  }
}

const runs = new Map(Object.keys(rivals).map(name => [name, [] as Run[]]))
for (let round = 0; round < rounds; round++) {
  for (const [name, start] of Object.entries(rivals)) {
    const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-bench-'))
    const run = await start(folder)
    const arrived = await countFileLines(folder)
    rmSync(folder, { recursive: true })
    if (arrived === lines) runs.get(name)?.push(run)
    else console.log(`void: ${name} wrote ${arrived} of ${lines} lines`)
  }
}

const base = median(runs.get('pino/file') ?? [], ({ ms }) => ms)
console.log(`${lines} lines, ${rounds} rounds, Node.js ${process.version}`)
for (const [name, list] of runs) {
  const ms = median(list, run => run.ms)
  const perSecond = Math.round(lines / ms)
  const app = ((median(list, run => run.appCpuMs) * 1000) / lines).toFixed(2)
  const collector = ((median(list, run => run.collectorCpuMs) * 1000) / lines).toFixed(2)
  console.log(
    `${name.padEnd(10)} ${perSecond} k lines/s, ${(base / ms).toFixed(2)} of pino/file, CPU a line: app ${app} µs, collector ${collector} µs`
  )
}

async function runApp(target: string, options: object): Promise<{ ms: number; appCpuMs: number }> {
  const env = { TARGET: target, OPTIONS: JSON.stringify(options), LINES: String(lines) }
  const script = join(import.meta.dirname, 'throughput-app.js')
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  await once(child, 'close')
  const { ms, cpuMs } = JSON.parse(output) as { ms: number; cpuMs: number }
  return { ms, appCpuMs: cpuMs }
}

async function countFileLines(folder: string): Promise<number> {
  let count = 0
  for (const name of readdirSync(folder).filter(file => file.endsWith('.log'))) {
    for await (const chunk of createReadStream(join(folder, name)) as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++
    }
  }
  return count
}

function median(list: Run[], pick: (run: Run) => number): number {
  const values = list.map(pick).toSorted((a, b) => a - b)
  return values[Math.floor(values.length / 2)] ?? Number.NaN
}
