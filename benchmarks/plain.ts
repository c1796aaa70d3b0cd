/**
 * Question: how many messages of PUBHandler-like senders can a collector take?
 * Method:   SENDERS programs in C send MESSAGES messages of about 100 bytes each; the clock runs until
 *           the last one is in the file, as text. Beside it the collector of the Python recipe.
 *           Rivals take turns, in ROUNDS rounds after one that isn't counted. A run in which a line
 *           is missing is void.
 * Command:  node benchmarks/plain.js        MESSAGES=200000 SENDERS=2 ROUNDS=5
 *           apt-get install gcc libzmq3-dev python3-zmq
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { python } from '../test/helpers/python-command.ts'
import { compileProgram } from './helpers/c-program.ts'
import { readCpuMs } from './helpers/cost.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, startCollector } from './helpers/processes.ts'
import { median, printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import { startRecipe } from './rivals/rivals.ts'

const messages = readKnob('MESSAGES', 200_000)
const senders = readKnob('SENDERS', 2)
const rounds = readKnob('ROUNDS', 5)
const total = messages * senders

interface Receiver {
  child: ChildProcess
  address: string
}

interface Run {
  perMs: number
  cpuUs: number
}

const senderProgram = compileProgram('plain-sender')
if (senderProgram === undefined) process.exit()

const ours = 'zmq-pub collector'
const recipe = 'the Python recipe'
type Start = (folder: string) => Promise<Receiver>

const rivals: Record<string, Start> = {
  [`${ours}, text`]: folder => startCollector(folder, undefined, ['--format', 'text']),
  [`${ours}, ndjson`]: folder => startCollector(folder)
}
if (python === undefined) printProgress('left out: Python; apt-get install python3-zmq')
else {
  rivals[recipe] = async folder => {
    const { receiver, address } = await startRecipe(folder, total)
    return { child: receiver as ChildProcess, address: address ?? '' }
  }
}

const runs = await takeTurns(Object.keys(rivals), rounds, name =>
  measure(name, rivals[name] as Start)
)
printSection(
  'Plain wire',
  `${senders} processes send ${total.toLocaleString('en')} messages of two frames. Medians of ${rounds} rounds, with minimum and maximum in parentheses.`,
  toTable(
    ['receiver', 'k messages/s', 'of the recipe', 'CPU µs/message'],
    [...runs].map(([name, list]) => {
      const perMs = list.map(run => run.perMs)
      const base = (runs.get(recipe) ?? []).map(run => run.perMs)
      const cpuUs = list.map(run => run.cpuUs)
      return [name, toSpread(perMs), (median(perMs) / median(base)).toFixed(1), toSpread(cpuUs, 1)]
    })
  )
)

async function measure(name: string, start: Start): Promise<Run | undefined> {
  const folder = new LogFolder()
  const { child, address } = await start(folder.path)
  const ended = once(child, 'exit')
  const before = readCpuMs(child.pid)
  let cpuMs = 0
  const watch = setInterval(() => (cpuMs = readCpuMs(child.pid) || cpuMs), 50) // the recipe's collector ends by itself
  const apps = await Promise.all(Array.from({ length: senders }, () => startSender(address)))
  const startedAt = Date.now()
  for (const app of apps) app.stdin?.write('start\n')
  await Promise.all(apps.map(readLine))
  await folder.settle()
  for (const app of apps) app.stdin?.end()
  clearInterval(watch)
  child.kill('SIGTERM')
  await ended
  const arrived = folder.countLines()
  const ms = folder.lastWriteAt - startedAt
  folder.delete()
  const isVoid = arrived !== total
  printProgress(`${name}: ${isVoid ? `void, ${arrived} of ${total}` : (total / ms).toFixed(0)}`)
  return isVoid ? undefined : { perMs: total / ms, cpuUs: ((cpuMs - before) * 1000) / total }
}

async function startSender(address: string): Promise<ChildProcess> {
  const args = [address, String(messages)]
  const child = spawn(senderProgram ?? '', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await readLine(child)
  return child
}
