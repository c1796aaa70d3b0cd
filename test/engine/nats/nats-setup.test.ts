import type { JetStreamManager } from '@nats-io/jetstream'
import { test } from 'tap'
import { makeStream, streamNotFound, untilLeader } from '../../../lib/engine/nats/nats-setup.ts'

const config = { name: 'logs', subjects: ['logs.0'], duplicate_window: 1 } as unknown as Parameters<
  typeof makeStream
>[1]

/** An error as the client throws it. */
function refusal(code: number | undefined, name = 'JetStreamApiError'): Error {
  return Object.assign(new Error(name), { name, code })
}

/** A cluster that gives these answers, one after the other; errors are thrown. */
function createManager(infos: unknown[], adds: unknown[] = []) {
  const calls: string[] = []
  const answer = (name: string, answers: unknown[]) => async (): Promise<unknown> => {
    calls.push(name)
    const next = answers.shift()
    if (next instanceof Error) throw next
    return next
  }
  const streams = { info: answer('info', infos), add: answer('add', adds) }
  return { manager: { streams } as unknown as JetStreamManager, calls }
}

test('a stream that exists is left as it is', async t => {
  const { manager, calls } = createManager([{ found: true }])
  t.strictSame(await makeStream(manager, config), { found: true })
  t.strictSame(calls, ['info'])
})

test('a stream that is missing is made', async t => {
  const { manager, calls } = createManager([refusal(streamNotFound)], [{ made: true }])
  t.strictSame(await makeStream(manager, config), { made: true })
  t.strictSame(calls, ['info', 'add'])
})

test('of two gateways that make it at the same time, the later one uses that of the other', async t => {
  const inUse = refusal(10058)
  const { manager, calls } = createManager([refusal(streamNotFound), { found: true }], [inUse])
  t.strictSame(await makeStream(manager, config), { found: true })
  t.strictSame(calls, ['info', 'add', 'info'])
})

test('any other refusal is the error of the caller', async t => {
  const denied = refusal(10023)
  await t.rejects(makeStream(createManager([denied]).manager, config), denied)
  const { manager } = createManager([refusal(streamNotFound)], [denied])
  await t.rejects(makeStream(manager, config), denied)
})

test('a start waits while a cluster has no leader, too few nodes, no JetStream, or does not answer', async t => {
  const passing = [
    refusal(10008),
    refusal(10009),
    refusal(undefined, 'JetStreamNotEnabled'),
    refusal(undefined, 'TimeoutError')
  ]
  const tries = passing.map(async error => {
    const { manager, calls } = createManager([error, 'done'])
    t.equal(await untilLeader<unknown>(() => manager.streams.info('logs')), 'done', error.name)
    t.equal(calls.length, 2)
  })
  await Promise.all(tries)
})

test('a refusal of the cluster is no reason to wait', async t => {
  const denied = refusal(10023)
  const { manager, calls } = createManager([denied])
  await t.rejects(
    untilLeader(() => manager.streams.info('logs')),
    denied
  )
  t.equal(calls.length, 1)
})

test('after 30 seconds the reason is told', async t => {
  let now = 0
  t.intercept(performance, 'now', { value: () => now })
  const error = refusal(10008)
  const act = async (): Promise<never> => {
    now = 30_001
    throw error
  }
  await t.rejects(untilLeader(act), error)
})
