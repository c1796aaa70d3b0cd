import fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import { test, type Test } from 'tap'
import { DecoderPool } from '../../../lib/collector/format/decoder-pool.ts'
import { pinoSettings, toText } from '../../../lib/collector/format/text-format.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { waitFor } from '../../helpers/wait.ts'

const zone = new TimeZone('utc')
const now = Date.parse('2026-11-23T03:39:18.042Z')

/** A batch of this many records, which name their sender and have numbers of their own. */
function toBatch(sender: string, first: number, count: number, rest: object = {}): Buffer {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      level: 30,
      time: now + index,
      sender,
      number: first + index,
      ...rest,
      msg: 'hello'
    })
  )
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** The template and the names reach the threads, too. */
const settings = {
  ...pinoSettings,
  source: { app: 'shop', host: 'web-1', pid: '17' },
  templates: ['{time} | {level} | {app}@{host} | {msg} {fields}']
}

/** A pool, the texts of each sender as they came out of it, and the same made at once. */
class Scene {
  readonly pool: DecoderPool
  readonly deaths: Error[] = []
  readonly texts = new Map<string, string>()
  readonly wanted = new Map<string, string>()
  /** batches that were taken, and those that came back without text */
  taken = 0
  textless = 0
  #open = 0

  constructor(t: Test, threads: number) {
    this.pool = new DecoderPool({ threads, onDeath: error => this.deaths.push(error) })
    t.teardown(() => this.pool.abandon())
  }

  /** Has the text of a batch made: by the pool, or at once where the pool doesn't take it. */
  add(sender: string, records: Buffer): void {
    const toOwnText = (): Buffer => toText(records, settings, zone, now)
    const append = (texts: Map<string, string>, text: Buffer): void =>
      void texts.set(sender, (texts.get(sender) ?? '') + text.toString())
    append(this.wanted, toOwnText())
    this.#open++
    const onText = (text?: Buffer, release?: () => void): void => {
      if (!text) this.textless++
      append(this.texts, text ?? toOwnText())
      release?.()
      this.#open--
    }
    const isTaken = this.pool.take(sender, { records, settings, zone, now, onText })
    if (isTaken) this.taken++
    else {
      onText(toOwnText())
    }
  }

  /** Brings so much that the pool takes batches from now on. */
  makeBusy(sender = 'busy'): void {
    const { taken } = this
    for (let batch = 0; this.taken === taken; batch++)
      this.add(sender, toBatch(sender, batch, 2000))
  }

  async settle(): Promise<void> {
    await waitFor(() => this.#open === 0, 'all batches')
  }
}

/** Lets performance.now() stand still. @returns lets it run again */
function stopClock(t: Test): () => void {
  const { now } = performance
  const stopped = now.call(performance)
  const set = (value: typeof now): void => void Object.assign(performance, { now: value })
  set(() => stopped)
  const restore = (): void => set(now)
  t.teardown(restore)
  return restore
}

test('many senders with batches of all sizes: each gets the text that would be made at once, in its order', async t => {
  const scene = new Scene(t, 2)
  const restoreClock = stopClock(t) // however slow the machine is, much arrives at once
  for (let round = 0; round < 40; round++) {
    for (const sender of ['a', 'b', 'c', 'd', 'e']) {
      const count = [1, 7, 300, 900, 3000][(round + sender.charCodeAt(0)) % 5] as number
      scene.add(sender, toBatch(sender, round * 10_000, count))
    }
    if (round % 8 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  restoreClock()
  await scene.settle()
  t.ok(scene.taken > 50, `${scene.taken} batches`)
  t.equal(scene.textless, 0)
  for (const [sender, text] of scene.wanted) t.ok(scene.texts.get(sender) === text, sender)
})

test('whatever the records are, a thread makes the text that is made at once', async t => {
  const scene = new Scene(t, 1)
  scene.makeBusy()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { minLength: 1 }),
      fc.uint8Array(),
      async (records, noise) => {
        const lines = records.map(record => `${JSON.stringify(record)}\n`)
        const filler = toBatch('busy', 0, 200) // small batches are not worth it
        scene.add('busy', Buffer.concat([filler, ...lines.map(line => Buffer.from(line)), noise]))
        await scene.settle()
        return scene.texts.get('busy') === scene.wanted.get('busy')
      }
    ),
    { numRuns: 50 }
  )
})

test('text that is much longer than its records is whole', async t => {
  const scene = new Scene(t, 1)
  scene.makeBusy()
  for (let batch = 0; batch < 20; batch++) {
    scene.add('busy', toBatch('busy', batch, 500, { controls: '\u0001\u2028'.repeat(300) }))
  }
  await scene.settle()
  t.equal(scene.textless, 0)
  t.ok(scene.texts.get('busy') === scene.wanted.get('busy'))
})

test('without threads, and on an ordinary day, nothing is taken', async t => {
  const single = new Scene(t, 0)
  for (let batch = 0; batch < 20; batch++) single.add('a', toBatch('a', batch, 2000))
  t.equal(single.taken, 0)
  const ordinary = new Scene(t, 1)
  for (let batch = 0; batch < 20; batch++) ordinary.add('a', toBatch('a', batch, 10))
  t.equal(ordinary.taken, 0)
})

test('what is given back comes without text and in its order, and a new batch starts a thread again', async t => {
  const scene = new Scene(t, 1)
  scene.makeBusy()
  for (let batch = 0; batch < 30; batch++) scene.add('a', toBatch('a', batch, 1000))
  scene.pool.giveBack()
  t.equal(scene.textless, scene.taken)
  t.ok(scene.texts.get('a') === scene.wanted.get('a'))
  scene.makeBusy('a') // on a slow machine it may not be any more
  await scene.settle()
  t.equal(scene.textless, scene.taken - 1)
  t.ok(scene.texts.get('a') === scene.wanted.get('a'))
  t.strictSame(scene.deaths, [])
})

test('what is abandoned never comes back', async t => {
  const scene = new Scene(t, 1)
  scene.makeBusy()
  const before = scene.texts.get('busy')
  scene.pool.abandon()
  await new Promise(resolve => setImmediate(resolve))
  t.equal(scene.texts.get('busy'), before)
})

test('batches of a thread that dies are given back, nothing is lost; after three deaths it is not started again', async t => {
  const { postMessage } = Worker.prototype
  t.teardown(() => (Worker.prototype.postMessage = postMessage))
  const scene = new Scene(t, 1)
  scene.makeBusy()
  await scene.settle()
  const workers = new Set<Worker>()
  Worker.prototype.postMessage = function (this: Worker, ...message) {
    workers.add(this)
    return postMessage.apply(this, message)
  }
  for (let death = 1; death <= 3; death++) {
    workers.clear()
    while (workers.size === 0) {
      await scene.settle() // a thread that could not keep up with other programs was not given any
      for (let batch = 0; batch < 30; batch++) scene.add('a', toBatch('a', batch, 1000))
    }
    for (const worker of workers) void worker.terminate()
    await scene.settle()
    await waitFor(() => scene.deaths.length === death, 'the death of the thread')
    t.ok(scene.texts.get('a') === scene.wanted.get('a'))
  }
  t.ok(scene.textless > 0)
  const { taken } = scene
  scene.add('a', toBatch('a', 0, 1000))
  t.equal(scene.taken, taken)
})
