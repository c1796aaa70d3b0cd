/**
 * Question: what do an idle app and an idle collector cost?
 * Method:   an app logs one line and is then quiet for SECONDS; CPU time of both processes meanwhile.
 *           For comparison an app with a transport that does nothing. Then a collector with SENDERS
 *           sockets that have sent a line each and only say hello now and then, as transports do.
 * Command:  node benchmarks/quiet.js        SECONDS=20 SENDERS=100
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCpuMs } from './helpers/cost.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, startCollector, startProgram } from './helpers/processes.ts'
import { printSection, toTable } from './helpers/report.ts'
import { basicRivals } from './rivals/rivals.ts'

const seconds = readKnob('SECONDS', 20)
const senders = readKnob('SENDERS', 100)
const rows: string[][] = []
for (const rival of basicRivals) {
  const folder = new LogFolder()
  const { target = '', options = {}, receiver, stopBy } = await rival.start(folder.path, 1)
  const app = startProgram('quiet-app', { TARGET: target, OPTIONS: JSON.stringify(options) })
  const ended = once(app, 'exit')
  await readLine(app)
  rows.push([rival.name, ...(await measure([app, receiver]))])
  app.stdin?.end()
  await ended
  await stop(receiver, stopBy)
  folder.delete()
}
rows.push([`zmq-pub, ${senders} apps`, ...(await measureManySenders())])
printSection(
  'Quiet',
  `CPU time after one line, while nothing is logged for ${seconds} s.`,
  toTable(['pipeline', 'app, % of a core', 'receiver, % of a core'], rows)
)

/** @returns the share of a core that each process takes while nothing is logged, in % */
async function measure(children: (ChildProcess | undefined)[]): Promise<string[]> {
  await sleep(10_000) // until work that follows the start is done, such as V8's giving back of memory
  const read = (): number[] => children.map(child => readCpuMs(child?.pid))
  const before = read()
  await sleep(seconds * 1000)
  return read().map((ms, index) => ((ms - (before[index] ?? 0)) / seconds / 10).toFixed(2))
}

/** @returns the cells of a collector with many senders: none for an app, as they are sockets of one program */
async function measureManySenders(): Promise<string[]> {
  const folder = new LogFolder()
  const { child, address } = await startCollector(folder.path)
  const env = { SENDERS: String(senders), LINES: String(senders), BATCH_BYTES: '145', HELLOS: '1' }
  const app = startProgram('batch-sender', { ...env, ADDRESS: address })
  await readLine(app)
  app.stdin?.write('start\n')
  await readLine(app)
  const shares = await measure([child])
  app.stdin?.end()
  await stop(child, 'SIGTERM')
  folder.delete()
  return ['', ...shares]
}

async function stop(child: ChildProcess | undefined, signal = 'SIGTERM' as NodeJS.Signals) {
  if (!child) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
