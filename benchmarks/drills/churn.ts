import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { XPublisher } from 'zeromq'
import { createHello, encodeBye, encodeHello } from '../../lib/wire/hello.ts'
import { createSenderId } from '../../lib/wire/id.ts'
import { encodeMessage, type Header } from '../../lib/wire/message.ts'
import { readKnob } from '../../test/helpers/knobs.ts'
import { startApps, stopApps, type Drill } from './scene.ts'

/** How long senders come and go. Unit: s */
const seconds = readKnob('CHURN_S', 60)
/** Senders per second: a job that starts every second for a week is 600,000 of them. */
const perSecond = readKnob('CHURN_RATE', 300)
/** What memory and journal may grow by after the first half. Unit: bytes */
const maxGrowthBytes = 64 * 1024 * 1024
const maxJournalBytes = 4 * 1024 * 1024

/** Jobs start, log one line and leave; beside them apps log as usual. Memory and journal of the collector stay flat. */
export const churn: Drill = async scene => {
  const { address, child } = scene.collector
  const running = startApps(scene, address)
  const socket = new XPublisher()
  socket.linger = 0
  socket.connect(address)
  await socket.receive()
  let halfwayBytes = 0
  for (let second = 0; second < seconds; second++) {
    for (let job = 0; job < perSecond; job++) await sendJob(socket)
    await sleep(1000)
    if (second === Math.floor(seconds / 2)) halfwayBytes = readMemory(child.pid)
  }
  const grownBytes = readMemory(child.pid) - halfwayBytes
  const logs = join(scene.folder, 'logs')
  const journal = readdirSync(logs).find(name => name.endsWith('.journal')) ?? ''
  const journalBytes = statSync(join(logs, journal)).size
  socket.close()
  await stopApps(scene, running)
  if (grownBytes > maxGrowthBytes || journalBytes > maxJournalBytes) {
    throw new Error(`memory grew by ${grownBytes} bytes, the journal is ${journalBytes} bytes`)
  }
}

async function sendJob(socket: XPublisher): Promise<void> {
  const senderId = createSenderId()
  const send = (header: Omit<Header, 'senderId'>, payload: string): Promise<void> =>
    socket.send(encodeMessage('job', { ...header, senderId }, payload))
  await send({ kind: 'hello', first: 1, count: 0 }, encodeHello({ ...createHello(), app: 'job' }))
  await send({ kind: 'batch', first: 1, count: 1 }, '{"level":30,"msg":"done"}\n')
  await send({ kind: 'bye', first: 2, count: 0 }, encodeBye(true))
}

/** Resident memory of a process; 0 where the system doesn't tell. Unit: bytes */
function readMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
