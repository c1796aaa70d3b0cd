import { test, type Test } from 'tap'
import { MessageWriter, Pauses } from '../../../lib/transport/connection/message-writer.ts'
import { waitFor } from '../../helpers/wait.ts'

/** A writer to a publisher that takes a message where `takes` says so. */
function makeWriter({ stallMs = 60_000, hasSeveral = false, isWanted = true } = {}) {
  const sent: unknown[] = []
  const leftBehind: string[] = []
  const state = { takes: true, isWanted, attempts: 0 }
  const publisher = {
    hasSeveral,
    send: async (frames: (Buffer | string)[]) => {
      state.attempts++
      if (state.takes) sent.push(...frames)
      return state.takes
    },
    sendPastFull: async (frames: (Buffer | string)[]) => void sent.push(...frames)
  }
  const owner = {
    get isWanted() {
      return state.isWanted
    },
    onLeftBehind: (wire: string) => void leftBehind.push(wire)
  }
  const writer = new MessageWriter(publisher, owner, stallMs)
  return { writer, sent, leftBehind, state }
}

test('a batch is handed over before the call returns', async t => {
  const { writer, sent } = makeWriter()
  const writing = writer.writeBatch(['batch'])
  t.strictSame(sent, ['batch'])
  t.ok(await writing)
})

test('a batch that libzmq does not take is left to its sender', async t => {
  const { writer, sent, state, leftBehind } = makeWriter({ stallMs: 0 })
  state.takes = false
  t.notOk(await writer.writeBatch(['batch']))
  t.strictSame([sent, leftBehind], [[], []], 'the only subscriber is waited for')
})

test('one of several subscribers that is full for too long is left behind, each time', async t => {
  const { writer, sent, state, leftBehind } = makeWriter({ stallMs: 0, hasSeveral: true })
  state.takes = false
  t.ok(await writer.writeBatch(['1']))
  t.ok(await writer.writeBatch(['2']))
  t.strictSame(sent, ['1', '2'])
  t.strictSame(leftBehind, ['batch', 'batch'])
})

test('the patience with a full subscriber begins anew with each message that is taken', async t => {
  const { writer, state, leftBehind } = makeWriter({ stallMs: 60_000, hasSeveral: true })
  state.takes = false
  t.notOk(await writer.writeBatch(['1']))
  state.takes = true
  t.ok(await writer.writeBatch(['1']))
  state.takes = false
  t.notOk(await writer.writeBatch(['2']))
  t.strictSame(leftBehind, [])
})

/** The pauses let a process end. */
function stayAlive(t: Test): void {
  const timer = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(timer))
}

test('a plain message is tried until it is taken', async t => {
  stayAlive(t)
  const { writer, sent, state } = makeWriter()
  state.takes = false
  const writing = writer.writePlain(['topic', 'record'])
  await waitFor(() => state.attempts > 2, 'three attempts')
  state.takes = true
  t.ok(await writing)
  t.strictSame(sent, ['topic', 'record'])
})

test('a plain message that nobody wants waits, and is given up when the connection is closed', async t => {
  stayAlive(t)
  const { writer, sent, state } = makeWriter({ isWanted: false })
  const writing = writer.writePlain(['topic', 'record'])
  writer.close()
  t.notOk(await writing)
  t.strictSame([sent, state.attempts], [[], 0])
  t.notOk(await writer.writePlain(['topic', 'record']))
})

test('pauses grow until one is reset', async t => {
  stayAlive(t)
  const realTimeout = globalThis.setTimeout
  const waited: number[] = []
  t.teardown(() => (globalThis.setTimeout = realTimeout))
  globalThis.setTimeout = ((onDone: () => void, ms: number) => {
    waited.push(ms)
    return realTimeout(onDone, 0)
  }) as typeof setTimeout
  const pauses = new Pauses()
  for (let count = 0; count < 8; count++) await pauses.wait()
  pauses.reset()
  await pauses.wait()
  t.strictSame(waited, [2, 4, 8, 16, 32, 64, 100, 100, 2])
})
