import type { Worker } from 'node:worker_threads'
import { test, type Test } from 'tap'
import { DecoderThread, type DecodeRequest } from '../../../lib/collector/format/decoder-thread.ts'
import { pinoSettings, toText } from '../../../lib/collector/format/text-format.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { waitFor } from '../../helpers/wait.ts'

const zone = new TimeZone('utc')

function toRequest(msg: string): DecodeRequest {
  const records = Buffer.from(`${JSON.stringify({ level: 30, time: 1000, msg })}\n`)
  return { records, settings: pinoSettings, zone, now: 1000 }
}

function toWanted({ records, settings, now }: DecodeRequest): string {
  return toText(records, settings, zone, now).toString()
}

/** A thread, its workers, the texts that have come, and why it has ended. */
function createThread(t: Test) {
  const workers: Worker[] = []
  const onWorker = (worker: Worker): void => void workers.push(worker)
  process.on('worker', onWorker)
  const deaths: string[] = []
  const texts: (string | undefined)[] = []
  const thread = new DecoderThread(({ message }) => deaths.push(message))
  t.teardown(() => {
    process.off('worker', onWorker)
    thread.abandon()
  })
  const add = (request: DecodeRequest): void =>
    thread.add({
      ...request,
      onText: (text, release) => {
        texts.push(text?.toString())
        release?.()
      }
    })
  return { thread, workers, texts, deaths, add }
}

test('texts come in the order of the jobs, and are those that would be made at once', async t => {
  const { thread, workers, texts, add } = createThread(t)
  t.equal(workers.length, 0, 'no thread before the first job')
  const requests = Array.from({ length: 50 }, (_, index) => toRequest(`${index} `.repeat(index)))
  for (const request of requests) add(request)
  t.equal(
    thread.pendingBytes,
    requests.reduce((sum, { records }) => sum + records.length, 0)
  )
  await waitFor(() => texts.length === 50, 'all texts')
  t.strictSame(texts, requests.map(toWanted))
  t.equal(thread.pendingBytes, 0)
  t.equal(workers.length, 1)
})

test('more than the thread may have at once is waited for', async t => {
  const { texts, add } = createThread(t)
  const request = toRequest('x'.repeat(700_000))
  for (let count = 0; count < 5; count++) add(request)
  await waitFor(() => texts.length === 5, 'all texts')
  t.ok(texts.every(text => text === toWanted(request)))
})

test('jobs that are given back come at once, without text, and the next one starts another thread', async t => {
  const { thread, workers, texts, deaths, add } = createThread(t)
  for (const msg of ['a', 'b']) add(toRequest(msg))
  thread.giveBack()
  t.strictSame(texts.splice(0), [undefined, undefined])
  t.equal(thread.pendingBytes, 0)
  add(toRequest('c'))
  await waitFor(() => texts.length === 1, 'the text')
  t.strictSame(texts, [toWanted(toRequest('c'))])
  t.equal(workers.length, 2)
  t.strictSame([deaths, thread.isUsable], [[], true])
})

test('abandoned jobs get no answer', async t => {
  const { thread, workers, texts, add } = createThread(t)
  add(toRequest('a'))
  thread.abandon()
  t.strictSame([thread.pendingBytes, texts], [0, []])
  await waitFor(
    () => workers.length === 1,
    'the event of this thread, which is not of the next test'
  )
})

test('a thread that dies gives its jobs back, and after three deaths it takes no more', async t => {
  const { thread, workers, texts, deaths, add } = createThread(t)
  for (let death = 1; death <= 3; death++) {
    t.ok(thread.isUsable)
    add(toRequest('a'))
    await waitFor(() => workers.length === death, 'the thread')
    void workers.at(-1)?.terminate()
    add(toRequest('b'))
    await waitFor(() => deaths.length === death, 'the death')
    t.strictSame([thread.pendingBytes, texts.length], [0, 2 * death])
  }
  t.notOk(thread.isUsable)
  t.equal(deaths[0], 'a thread that makes text of records has ended')
})
