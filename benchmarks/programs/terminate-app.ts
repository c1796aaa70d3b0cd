/**
 * Terminates the worker of a transport ROUNDS times while a timer logs LINES lines a millisecond, and
 * prints the number of each round that it has survived.
 *   ADDRESS: the collector's   ROUNDS [60]   LINES [20]
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino, type Logger } from 'pino'

const { ADDRESS = '', ROUNDS = '60', LINES = '20' } = process.env
const text = 'x'.repeat(100)
let logger: Logger | undefined
setInterval(() => {
  for (let line = 0; line < Number(LINES); line++) logger?.info({ line }, text)
}, 1)

for (let round = 1; round <= Number(ROUNDS); round++) {
  const stream = pino.transport({ target: 'zmq-pub', options: { address: ADDRESS } })
  stream.on('error', () => undefined) // 'the worker thread exited', as it should
  logger = pino(stream)
  await once(stream, 'ready')
  await sleep(50 + Math.random() * 200)
  await (stream as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate()
  process.stdout.write(`${round}\n`)
}
process.exit(0)
