/**
 * Question: what do acks cost the collector as senders become more?
 * Method:   the same total number of lines, in batches of 20 as a busy service makes them, from 1,
 *           10 and 100 sockets of one process; every line must be acknowledged. CPU of the
 *           collector a line, and acks that a sender gets.
 * Command:  node benchmarks/ack-cost.js        (Linux: CPU is read from /proc)
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { XPublisher } from 'zeromq'
import { createId, decodeAcks, encodeHeader, frameKinds, markerTopic } from '../lib/frame.ts'
import { createHello, encodeHello } from '../lib/hello.ts'
import { readCpuMs, startCollector } from './processes.ts'

const lines = Number(process.env['LINES'] ?? 400_000)
const linesPerBatch = 20
const batchesPerMs = 4

for (const senders of [1, 10, 100]) console.log(await measure(senders))

async function measure(count: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-acks-'))
  const { child, address } = await startCollector(folder)
  const senders = await Promise.all(Array.from({ length: count }, () => connect(address)))
  const before = readCpuMs(child.pid)
  const line = `${JSON.stringify({ level: 30, time: Date.now(), msg: 'x'.repeat(80) })}\n`
  const payload = line.repeat(linesPerBatch)
  for (let batch = 0; batch < lines / linesPerBatch; batch++) {
    await senders[batch % count]?.send(payload)
    if (batch % batchesPerMs === 0) await sleep(1)
  }
  const deadline = performance.now() + 10_000
  while (senders.some(({ sent, acked }) => sent() !== acked())) {
    if (performance.now() > deadline) return `${count} senders: void, lines are missing`
    await sleep(5)
  }
  const cpuMs = readCpuMs(child.pid) - before
  const acks = senders.reduce((sum, sender) => sum + sender.frames(), 0) / count
  for (const sender of senders) sender.close()
  child.kill('SIGTERM')
  await once(child, 'exit')
  rmSync(folder, { recursive: true })
  return `${String(count).padStart(3)} senders: ${((cpuMs * 1000) / lines).toFixed(2)} µs of collector CPU a line, ${Math.round(acks)} acks to each sender`
}

interface Sender {
  send: (payload: string) => Promise<void>
  sent: () => number
  acked: () => number
  frames: () => number
  close: () => void
}

async function connect(address: string): Promise<Sender> {
  const socket = new XPublisher()
  const id = createId()
  const state = { next: 1, acked: 0, frames: 0 }
  socket.connect(address)
  let isSubscribed = false
  while (!isSubscribed)
    isSubscribed = (await socket.receive())[0]?.subarray(1).equals(markerTopic) ?? false
  await sleep(50)
  const header = encodeHeader({ kind: frameKinds.hello, senderId: id, first: 1, count: 0 })
  await socket.send(['', encodeHello(createHello()), header])
  void (async () => {
    for await (const [frame] of socket) {
      const decoded = decodeAcks(frame as Buffer)
      if (decoded) state.frames++
      state.acked = decoded?.acks.find(({ senderId }) => senderId === id)?.seq ?? state.acked
    }
  })().catch(() => undefined)
  return {
    async send(payload) {
      const first = state.next
      state.next += linesPerBatch
      await socket.send([
        '',
        payload,
        encodeHeader({ kind: frameKinds.batch, senderId: id, first, count: linesPerBatch })
      ])
    },
    sent: () => state.next - 1,
    acked: () => state.acked,
    frames: () => state.frames,
    close: () => socket.close()
  }
}
