import { test } from 'tap'
import { BackPressure } from '../../lib/transport/back-pressure.ts'
import type { Delivery } from '../../lib/transport/delivery.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'

const mega = 1024 * 1024

/** Back-pressure over a delivery that says what it is told to. */
function start(state: { bytes: number; idleMs: number; isConnected: boolean }, stallMs = 5000) {
  const limits: number[] = []
  const delivery = { ...state, enforceLimit: (bytes: number) => void limits.push(bytes) }
  const options = parseTransportOptions({ maxBufferBytes: 64 * mega, stallMs })
  const backPressure = new BackPressure(options, delivery as unknown as Delivery)
  let released = 0
  const hold = (): void => backPressure.hold(() => released++)
  return { backPressure, delivery, limits, hold, released: () => released }
}

const holds: [
  what: string,
  mebibytes: number,
  idleMs: number,
  isConnected: boolean,
  isHeld: boolean
][] = [
  ['little waits', 16, 0, true, false],
  ['more waits and acks come', 17, 0, true, true],
  ['more waits and no acks come', 17, 1000, true, false],
  ['more waits and nobody is connected', 64, 0, false, false],
  ['too much waits and no acks come', 65, 1000, true, true],
  ['too much waits and nobody is connected', 65, 0, false, true],
  ['too much waits and for long nothing was acknowledged', 65, 5000, true, false]
]

for (const [what, mebibytes, idleMs, isConnected, isHeld] of holds) {
  test(`where ${what} a write is ${isHeld ? 'held' : 'taken'}`, async t => {
    const { backPressure, hold, released, limits } = start({
      bytes: mebibytes * mega,
      idleMs,
      isConnected
    })
    hold()
    t.equal(released(), isHeld ? 0 : 1)
    backPressure.release()
    t.equal(released(), 1, 'and called back once')
    t.strictSame(new Set(limits), new Set(mebibytes > 16 ? [64 * mega] : []))
    backPressure.close()
  })
}

test('a held write is called back when there is room, and not before', async t => {
  const { backPressure, delivery, hold, released } = start({
    bytes: 20 * mega,
    idleMs: 0,
    isConnected: true
  })
  hold()
  backPressure.settle()
  t.equal(released(), 0)
  delivery.bytes = 16 * mega
  backPressure.settle()
  t.equal(released(), 1)
})

test('a held write is called back when nothing was acknowledged for long', async t => {
  const { delivery, hold, released } = start({
    bytes: 20 * mega,
    idleMs: 980,
    isConnected: true
  })
  hold()
  t.equal(released(), 0)
  delivery.idleMs = 1000
  while (released() === 0) await new Promise(resolve => setTimeout(resolve, 5))
})

test('no write is held for longer than stallMs without an ack, however often all is sent again', async t => {
  const { backPressure, limits, hold, released } = start(
    { bytes: 65 * mega, idleMs: 0, isConnected: true },
    100
  )
  const heldAt = performance.now()
  hold()
  while (released() === 0) {
    await new Promise(resolve => setTimeout(resolve, 5))
    backPressure.settle()
  }
  t.ok(performance.now() - heldAt >= 99)
  t.strictSame(limits, [64 * mega])
  hold()
  const settledAt = performance.now()
  while (performance.now() - settledAt < 200) {
    await new Promise(resolve => setTimeout(resolve, 5))
    backPressure.onProgress()
  }
  t.equal(released(), 1, 'while acks come it stays held')
  backPressure.close()
})

test('at the end nothing is held, and after it nothing is called back', async t => {
  const { backPressure, hold, released } = start({
    bytes: 20 * mega,
    idleMs: 0,
    isConnected: true
  })
  hold()
  backPressure.end()
  t.equal(released(), 1)
  hold()
  t.equal(released(), 2)
  const other = start({ bytes: 20 * mega, idleMs: 0, isConnected: true })
  other.hold()
  other.backPressure.close()
  other.backPressure.settle()
  t.equal(other.released(), 0)
})
