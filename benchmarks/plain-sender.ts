/**
 * Sends MESSAGES messages of two frames, as Python's PUBHandler does, as fast as they are taken.
 *   ADDRESS, MESSAGES
 * Says 'ready' when it could start, starts when it gets a line, says 'done', ends with its stdin.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { XPublisher } from 'zeromq'
import { readKnob } from './report.ts'

const socket = new XPublisher()
socket.noDrop = true
socket.sendTimeout = 0
socket.connect(process.env['ADDRESS'] ?? '')
await socket.receive()
const ended = once(process.stdin, 'end')
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const message = ['INFO.db.query', `${'x'.repeat(100)}\n`]
for (let sent = 0; sent < readKnob('MESSAGES', 100_000); sent++) {
  while (!(await send())) await sleep(1)
}
process.stdout.write('done\n')
await ended
process.exit()

async function send(): Promise<boolean> {
  try {
    await socket.send(message)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    return false // the pipe is full
  }
}
