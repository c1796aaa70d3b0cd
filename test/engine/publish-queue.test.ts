import { test } from 'tap'
import type { EngineMessage } from '../../lib/engine/engine.ts'
import { PublishQueue } from '../../lib/engine/publish-queue.ts'
import { waitFor } from '../helpers/wait.ts'

/** An engine that stores what it is told to, and counts its tries. */
class TestEngine {
  isUp = true
  tries = 0
  flight = 0
  mostFlight = 0
  readonly stored: string[] = []

  async publish({ id }: EngineMessage): Promise<void> {
    this.tries++
    this.mostFlight = Math.max(this.mostFlight, ++this.flight)
    await new Promise(resolve => setImmediate(resolve))
    this.flight--
    if (!this.isUp) throw new Error('no leader')
    this.stored.push(id)
  }
}

function message(id: string, bytes = 10): EngineMessage {
  return { partition: 0, id, headers: {}, payload: Buffer.alloc(bytes) }
}

function createQueue(engine: TestEngine) {
  const told = { troubles: 0, recoveries: 0 }
  const queue = new PublishQueue(engine, {
    onTrouble: () => told.troubles++,
    onRecovery: () => told.recoveries++
  })
  return { queue, told }
}

test('each message is stored once, in order, many at a time', async t => {
  const engine = new TestEngine()
  const { queue, told } = createQueue(engine)
  const ids = Array.from({ length: 3000 }, (_, index) => `${index}`)
  const stored: string[] = []
  for (const id of ids) queue.add(message(id), () => stored.push(id))
  t.equal(queue.bytes, 30_000)
  await waitFor(() => stored.length === ids.length, 'all messages')
  t.strictSame([engine.stored, stored], [ids, ids])
  t.equal(queue.bytes, 0)
  t.ok(engine.mostFlight > 100 && engine.mostFlight <= 1024, `${engine.mostFlight} in flight`)
  t.strictSame(told, { troubles: 0, recoveries: 0 })
})

test('at most 8 MiB are in flight, and a larger message is alone', async t => {
  const engine = new TestEngine()
  const { queue } = createQueue(engine)
  let count = 0
  for (let id = 0; id < 20; id++) queue.add(message(`${id}`, 4 * 1024 * 1024), () => count++)
  await waitFor(() => count === 20, 'all messages')
  t.equal(engine.mostFlight, 2)
})

test('while nothing can be stored one message is tried at growing intervals, and nothing is lost', async t => {
  const engine = new TestEngine()
  engine.isUp = false
  const { queue, told } = createQueue(engine)
  const stored: string[] = []
  for (let id = 0; id < 500; id++) queue.add(message(`${id}`), () => stored.push(`${id}`))
  await waitFor(() => engine.tries > 502, 'further tries')
  const tries = engine.tries
  t.match(queue.trouble?.message, 'no leader')
  await new Promise(resolve => setTimeout(resolve, 1000))
  t.ok(engine.tries - tries < 10, `${engine.tries - tries} tries a second`)
  engine.isUp = true
  await waitFor(() => stored.length === 500, 'all messages')
  t.equal(new Set(engine.stored).size, 500)
  t.equal(engine.stored.length, 500)
  t.equal(told.recoveries, 1)
  t.equal(queue.trouble, undefined)
})

test('a closed queue publishes nothing more', async t => {
  const engine = new TestEngine()
  engine.isUp = false
  const { queue } = createQueue(engine)
  queue.add(message('1'), () => t.fail('stored'))
  await waitFor(() => engine.tries === 1 && engine.flight === 0, 'the first try')
  queue.close()
  engine.isUp = true
  await new Promise(resolve => setTimeout(resolve, 300))
  t.equal(engine.tries, 1)
})
