import fc from 'fast-check'
import { test } from 'tap'
import {
  Failover,
  failoverPauses,
  type Change,
  type Health
} from '../../../lib/transport/connection/failover.ts'

const well: Health = { silentMs: 0, isAwaited: false }
const { graceMs, lookMs, returnMs, maxReturnMs, awaitedStallMs, maxStallMs } = failoverPauses
const stallMs = 5000

/** Which of three addresses are connected. */
function listOpen(failover: Failover): number[] {
  return [0, 1, 2].filter(index => failover.isOpen(index))
}

/** Three addresses, of which these are ready at 0 ms. */
function startFailover(...ready: number[]): Failover {
  const failover = new Failover(3, stallMs, 0)
  for (const index of ready) failover.markReady(index, 'stream')
  return failover
}

/** Connections that Failover doesn't want are closed, and the others are ready at once. */
function makeReady(failover: Failover, ...ready: number[]): void {
  for (const index of [0, 1, 2]) {
    if (!failover.isOpen(index)) failover.forget(index)
    else if (ready.includes(index)) failover.markReady(index, 'stream')
  }
}

test('at the start all are looked at, the first that is ready is used, and later only that one is connected', async t => {
  const failover = startFailover()
  t.strictSame(listOpen(failover), [0, 1, 2])
  t.equal(failover.decide(0, well), undefined)
  failover.markReady(0, 'stream')
  t.strictSame(failover.decide(1, well), { from: undefined, to: 0, cause: 'start' })
  t.equal(failover.active, 0)
  t.equal(failover.decide(lookMs - 1, well), undefined)
  t.strictSame(listOpen(failover), [0, 1, 2])
  t.equal(failover.decide(lookMs, well), undefined)
  t.strictSame(listOpen(failover), [0])
})

test('an earlier address is waited for a little at the start, unless somebody waits for an ack', async t => {
  const change = { from: undefined, to: 1, cause: 'start' }
  const failover = startFailover(1)
  t.equal(failover.decide(graceMs - 1, well), undefined)
  t.strictSame(failover.decide(graceMs, well), change)
  t.strictSame(startFailover(1).decide(0, { silentMs: 0, isAwaited: true }), change)
  const other = startFailover(1)
  other.markUnfit(0)
  t.strictSame(other.decide(0, well), change)
})

test('a gateway that acknowledges is kept, whatever the others do', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  for (let now = 0; now < 100_000; now += 500) {
    makeReady(failover, 1, 2)
    t.equal(failover.decide(now, { silentMs: stallMs / 2 - 1, isAwaited: false }), undefined)
  }
  t.strictSame(listOpen(failover), [0])
})

const limits: [what: string, health: Health, isLeft: boolean, isInDoubt: boolean][] = [
  [
    'that is silent for less than half of stallMs',
    { silentMs: 2499, isAwaited: false },
    false,
    false
  ],
  ['that is silent for half of stallMs', { silentMs: 2500, isAwaited: false }, false, true],
  ['that is silent for stallMs', { silentMs: stallMs, isAwaited: false }, true, false],
  [
    'that is silent for a second while somebody waits',
    { silentMs: awaitedStallMs, isAwaited: true },
    true,
    false
  ]
]
for (const [what, health, isLeft, isInDoubt] of limits) {
  test(`a gateway ${what} is ${isLeft ? 'left' : isInDoubt ? 'in doubt' : 'kept'}`, async t => {
    const failover = startFailover(0, 1)
    failover.decide(0, well)
    failover.decide(lookMs, well)
    failover.markReady(1, 'stream')
    const expected = isLeft ? { from: 0, to: 1, cause: 'silent' } : undefined
    t.strictSame(failover.decide(lookMs, health), expected)
    t.strictSame(listOpen(failover), isInDoubt ? [0, 1, 2] : isLeft ? [1] : [0])
  })
}

test('a silent gateway is kept while no other one is ready, and all are looked at', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  failover.decide(lookMs, well)
  const silent = { silentMs: stallMs, isAwaited: false }
  t.equal(failover.decide(lookMs, silent), undefined)
  t.equal(failover.active, 0)
  t.strictSame(listOpen(failover), [0, 1, 2])
  failover.markUnfit(1)
  failover.markReady(2, 'stream')
  t.strictSame(failover.decide(lookMs, silent), { from: 0, to: 2, cause: 'silent' })
})

test('a gateway gets a second, however short stallMs is', async t => {
  const failover = new Failover(2, 100, 0)
  failover.markReady(0, 'stream')
  failover.markReady(1, 'stream')
  failover.decide(0, well)
  t.equal(failover.decide(1, { silentMs: 999, isAwaited: false }), undefined)
  t.match(failover.decide(1, { silentMs: 1000, isAwaited: false }), { cause: 'silent' })
})

test('while one after the other is silent, each gets twice as long, until there is progress', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  const left: number[] = []
  let silentMs = 0
  const path: (number | undefined)[] = []
  for (let now = 0; left.length < 8; now += 100) {
    silentMs += 100
    makeReady(failover, 0, 1, 2)
    if (!failover.decide(now, { silentMs, isAwaited: false })) continue
    left.push(silentMs)
    path.push(failover.active)
    silentMs = 0
  }
  const most = maxStallMs
  t.strictSame(left, [5000, 10_000, 20_000, most, most, most, most, most])
  t.strictSame(path, [1, 2, 0, 1, 2, 0, 1, 2])
  failover.markProgress()
  makeReady(failover, 0, 1, 2)
  failover.decide(1e6, { silentMs: 2500, isAwaited: false })
  makeReady(failover, 0, 1, 2)
  t.match(failover.decide(1e6, { silentMs: stallMs, isAwaited: false }), { cause: 'silent' })
})

/** Leaves the first for the second at a time. */
function failFirst(failover: Failover, now: number): void {
  const silent = { silentMs: stallMs, isAwaited: false }
  makeReady(failover, 0, 1)
  failover.decide(now, silent)
  makeReady(failover, 0, 1)
  if (failover.active === 0) failover.decide(now, silent)
  makeReady(failover, 1)
  failover.markProgress()
}

test('an earlier gateway is used again when it is back, after a pause', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  failFirst(failover, 0)
  t.equal(failover.active, 1)
  t.equal(failover.decide(returnMs - 1, well), undefined)
  t.strictSame(listOpen(failover), [1])
  t.equal(failover.decide(returnMs, well), undefined)
  t.strictSame(listOpen(failover), [0, 1], 'the one after it is not looked at')
  failover.markReady(0, 'stream')
  t.strictSame(failover.decide(returnMs + 1, well), { from: 1, to: 0, cause: 'return' })
  t.strictSame(listOpen(failover), [0])
})

test('one that is not back is looked at again and again, each time for a while', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  failFirst(failover, 0)
  let looks = 0
  let wasOpen = false
  for (let now = 100; now <= 10 * returnMs; now += 100) {
    failover.decide(now, well)
    if (failover.isOpen(0) && !wasOpen) looks++
    wasOpen = failover.isOpen(0)
  }
  t.equal(looks, 10)
  t.equal(failover.active, 1)
})

test('where a return was in vain the next one comes later and later', async t => {
  const failover = startFailover(0)
  failover.decide(0, well)
  let now = 0
  const pauses: number[] = []
  for (let round = 0; round < 8; round++) {
    failFirst(failover, now)
    const leftAt = now
    let change: Change | undefined
    for (; change?.cause !== 'return'; now += 100) {
      if (failover.isOpen(0)) failover.markReady(0, 'stream')
      change = failover.decide(now, well)
    }
    pauses.push(now - 200 - leftAt) // opened, ready a step later, and the step that follows
  }
  t.strictSame(pauses.slice(0, 4), [returnMs, 2 * returnMs, 4 * returnMs, 8 * returnMs])
  t.equal(pauses.at(-1), maxReturnMs)
  now += 2 * maxReturnMs
  failover.decide(now, well)
  failFirst(failover, now)
  t.equal(failover.active, 1)
  t.notOk(failover.isOpen(0))
  failover.decide(now + returnMs, well)
  t.ok(failover.isOpen(0), 'after it has worked for long')
})

test('one that is no gateway any more is left at once, and nothing is used where no other is ready', async t => {
  const failover = startFailover(0, 1)
  failover.decide(0, well)
  failover.markUnfit(0)
  t.strictSame(failover.decide(1, well), { from: 0, to: 1, cause: 'unfit' })
  failover.markUnfit(1)
  t.equal(failover.decide(2, well), undefined)
  t.equal(failover.active, undefined)
  t.strictSame(listOpen(failover), [0, 1, 2])
  failover.markReady(2, 'stream')
  t.match(failover.decide(3, well), { to: 2 }, 'without waiting for the earlier ones')
})

test('a gateway of another stream than the one in use is never used', async t => {
  const failover = startFailover(0)
  failover.markReady(1, 'another')
  failover.decide(0, well)
  t.ok(failover.isForeign(1))
  const silent = { silentMs: stallMs, isAwaited: false }
  t.equal(failover.decide(1, silent), undefined)
  failover.markUnfit(0)
  t.equal(failover.decide(2, well), undefined)
  t.equal(failover.active, undefined)
  t.ok(failover.isForeign(1))
  failover.markReady(2, 'stream')
  t.strictSame(failover.decide(3, well), { from: 0, to: 2, cause: 'unfit' })
})

test('the gateway in use may get another stream; those of the former one are no longer used', async t => {
  const failover = startFailover(0, 1)
  failover.decide(0, well)
  failover.markReady(0, 'another')
  t.equal(failover.decide(1, well), undefined)
  t.equal(failover.active, 0)
  t.ok(failover.isForeign(1))
  failover.markReady(1, 'another')
  t.notOk(failover.isForeign(1))
})

test('whatever happens, the one in use is connected and was ready, and is left only for one of its stream', async () => {
  const event = fc.record({
    index: fc.nat(2),
    kind: fc.constantFrom('ready', 'ready', 'other', 'unfit', 'progress', 'wait'),
    silentMs: fc.constantFrom(0, 0, 600, 2500, 5000, 20_000),
    isAwaited: fc.boolean(),
    ms: fc.constantFrom(1, 100, 500, 30_000)
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200, size: 'max' }), events => {
      const failover = new Failover(3, stallMs, 0)
      const streams: (string | undefined)[] = [undefined, undefined, undefined]
      const ready = new Set<number>()
      let now = 0
      for (const { index, kind, silentMs, isAwaited, ms } of events) {
        now += ms
        if (kind === 'progress') failover.markProgress()
        else if (kind !== 'wait' && failover.isOpen(index)) {
          if (kind === 'unfit') {
            failover.markUnfit(index)
            ready.delete(index)
          } else {
            streams[index] = kind === 'other' ? 'other' : 'stream'
            failover.markReady(index, streams[index])
            ready.add(index)
          }
        }
        const change = failover.decide(now, { silentMs, isAwaited })
        const { active } = failover
        if (active !== undefined && (!ready.has(active) || !failover.isOpen(active))) return false
        if (change && change.to !== active) return false
        if (change?.from !== undefined && change.from !== change.to) {
          if (streams[change.from] !== streams[change.to]) return false
        }
        for (const other of [0, 1, 2]) {
          if (failover.isOpen(other)) continue
          failover.forget(other)
          ready.delete(other)
        }
      }
      return true
    }),
    { seed: 18, numRuns: 1000 }
  )
})
