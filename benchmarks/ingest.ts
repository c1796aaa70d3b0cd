/**
 * Question: how much can one collector take, from several hosts at once?
 * Method:   SENDERS processes send batches that were made before, LINES lines each; the clock runs
 *           until the last byte is in the file. Beside it a program in C that does nothing but
 *           receive and write, without acks or journal. Rivals take turns, in ROUNDS rounds after
 *           one that isn't counted. A run in which a line is missing is void.
 * Command:  node benchmarks/ingest.js        LINES=1000000 SENDERS=4 BATCH_BYTES=65536 ROUNDS=5
 *           apt-get install gcc libzmq3-dev, for the program in C
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { compileProgram } from './c-program.ts'
import { readCpuMs, readPeakMiB, readThreadsMs } from './cost.ts'
import { LogFolder } from './log-folder.ts'
import { readLine, root, startCollector } from './processes.ts'
import { median, printProgress, printSection, readKnob, toSpread, toTable } from './report.ts'
import { takeTurns } from './rounds.ts'
import { sampleLine } from './sample-line.ts'

const lines = readKnob('LINES', 1_000_000)
const senders = readKnob('SENDERS', 4)
const batchBytes = readKnob('BATCH_BYTES', 65_536)
const rounds = readKnob('ROUNDS', 5)

interface Receiver {
  child: ChildProcess
  address: string
  hasAcks: boolean
}

interface Run {
  perMs: number
  cpuUs: number
  mainUs: number
  peakMiB: number
}

type Start = (folder: string) => Promise<Receiver>

const rivals: Record<string, Start> = {
  'zmq-pub collector': async folder => ({ ...(await startCollector(folder)), hasAcks: true }),
  'zmq-pub collector, text format': async folder => ({
    ...(await startCollector(folder, undefined, ['--format', 'text'])),
    hasAcks: true
  })
}
const floor = compileProgram('ingest-floor')
if (floor !== undefined) {
  rivals['C: receive and write'] = async folder => {
    const args = [join(folder, 'floor.log'), String(lines * senders * sampleLine.length)]
    const child = spawn(floor, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    return { child, address: await readLine(child), hasAcks: false }
  }
}

const runs = await takeTurns(Object.keys(rivals), rounds, name =>
  measure(name, rivals[name] as Start)
)
printSection(
  'Ingest',
  `${senders} processes send ${(lines * senders).toLocaleString('en')} lines in batches of ${batchBytes} bytes; ${rounds} rounds, medians, in parentheses least and most.`,
  toTable(
    ['receiver', 'k lines/s', 'of C', 'CPU µs/line', 'of it main thread', 'peak MiB'],
    [...runs].map(([name, list]) => {
      const perMs = list.map(run => run.perMs)
      const base = runs.get('C: receive and write') ?? []
      return [
        name,
        toSpread(perMs),
        (median(perMs) / median(base.map(run => run.perMs))).toFixed(2),
        toSpread(
          list.map(run => run.cpuUs),
          3
        ),
        median(list.map(run => run.mainUs)).toFixed(3),
        median(list.map(run => run.peakMiB)).toFixed(0)
      ]
    })
  )
)

async function measure(name: string, start: Start): Promise<Run | undefined> {
  const folder = new LogFolder()
  const { child, address, hasAcks } = await start(folder.path)
  const ended = once(child, 'exit')
  const apps = await Promise.all(
    Array.from({ length: senders }, () => startSender(address, hasAcks))
  )
  const before = readThreadsMs(child.pid)
  const startedAt = Date.now()
  for (const app of apps) app.stdin?.write('start\n')
  await Promise.all(hasAcks ? apps.map(readLine) : [readLine(child)])
  for (const app of apps) app.stdin?.end()
  await folder.settle()
  const threads = readThreadsMs(child.pid)
  const cpuMs = readCpuMs(child.pid) - [...before.values()].reduce((sum, ms) => sum + ms, 0)
  const main = [...threads.keys()].find(key => key.endsWith(` ${child.pid}`)) ?? ''
  const mainMs = (threads.get(main) ?? 0) - (before.get(main) ?? 0)
  const peakMiB = readPeakMiB(child.pid)
  child.kill('SIGTERM') // ends C, too, which waits for nothing else
  await ended
  const total = lines * senders
  const arrived = folder.countLines()
  const ms = folder.lastWriteAt - startedAt
  folder.delete()
  printProgress(`${name}: ${arrived === total ? (total / ms).toFixed(0) : `void, ${arrived}`}`)
  if (arrived !== total) return undefined
  return {
    perMs: total / ms,
    cpuUs: (cpuMs * 1000) / total,
    mainUs: (mainMs * 1000) / total,
    peakMiB
  }
}

async function startSender(address: string, hasAcks: boolean): Promise<ChildProcess> {
  const env = {
    ADDRESS: address,
    LINES: String(lines),
    BATCH_BYTES: String(batchBytes),
    ACKS: hasAcks ? '1' : '0'
  }
  const child = spawn(process.execPath, [join(root, 'benchmarks/batch-sender.js')], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  await readLine(child)
  return child
}
