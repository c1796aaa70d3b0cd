/**
 * Question: in which threads of app and collector does a line's CPU time go?
 * Method:   one app, LINES lines, all defaults; CPU time of each thread as Linux counts it.
 * Command:  node benchmarks/threads.js        LINES=2000000
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readThreadsMs } from './helpers/cost.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { root, startCollector } from './helpers/processes.ts'
import { printSection, toTable } from './helpers/report.ts'
import type { AppCost } from './programs/app.ts'

const lines = readKnob('LINES', 2_000_000)
const folder = new LogFolder()
const { child, address } = await startCollector(folder.path)
const stopped = once(child, 'exit')
const before = readThreadsMs(child.pid)
const env = { TARGET: 'zmq-pub', OPTIONS: JSON.stringify({ address }), LINES: String(lines) }
const app = spawn(process.execPath, [join(root, 'benchmarks/programs/app.js')], {
  env: { ...process.env, ...env },
  stdio: ['ignore', 'pipe', 'inherit']
})
let output = ''
app.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
await once(app, 'close')
const after = readThreadsMs(child.pid)
child.kill('SIGTERM')
await stopped
const arrived = folder.countLines()
folder.delete()
if (arrived !== lines) throw new Error(`void: ${arrived} of ${lines} lines`)

const ofCollector = [...after].map(
  ([name, ms]) => [name, ms - (before.get(name) ?? 0)] as [string, number]
)
printSection(
  'Threads',
  `${lines.toLocaleString('en')} lines of about 145 bytes; threads with 0.005 µs a line and more. The first of a process is its main thread, 'node' threads after it are V8's, pino's worker and libuv's.`,
  toTable(
    ['process', 'thread', 'µs/line'],
    [...toRows('app', (JSON.parse(output) as AppCost).threads), ...toRows('collector', ofCollector)]
  )
)

function toRows(name: string, threads: [string, number][]): string[][] {
  return threads
    .map(([thread, ms]) => [name, thread, ((ms * 1000) / lines).toFixed(3)])
    .filter(([, , us]) => Number(us) >= 0.005)
}
