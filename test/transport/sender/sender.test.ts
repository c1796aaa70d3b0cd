import { test } from 'tap'
import { Window } from '../../../lib/transport/sender/send-queue.ts'
import { Stream } from '../../../lib/transport/sender/sender.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { toBatch } from '../../helpers/batch.ts'

/** A stream of two collectors with one batch on its way to both, sent at 0 ms. */
function startStream(stallMs: number): Stream {
  const window = new Window(1000, 10)
  const stream = new Stream({
    id: 'a-sender',
    window,
    hello: { ...createHello(), app: 'app' },
    stallMs,
    maxCollectors: 2
  })
  stream.onSubscribed()
  window.push(toBatch(1, 10, 'ten records\n'))
  for (let message = stream.next(); message; message = stream.next()) stream.markSent(message, 0)
  return stream
}

/** Lets time pass, while the first collector answers each hello. @returns when all was released */
function waitForRelease(stream: Stream, untilMs: number): number | undefined {
  for (let now = 0; now <= untilMs; now += 250) {
    stream.tick(now)
    for (let message = stream.next(); message; message = stream.next()) {
      stream.markSent(message, now)
      stream.onAck('first', 10, now + 1)
    }
    if (stream.window.records === 0) return now
  }
  return undefined
}

for (const stallMs of [300, 5000, 9000]) {
  test(`a collector that falls silent holds nothing back for long: stallMs ${stallMs}`, async t => {
    const stream = startStream(stallMs)
    stream.onAck('second', 0, -1)
    t.equal(stream.onAck('first', 10, 1), 0)
    t.ok(waitForRelease(stream, 40_000), 'it had said nothing since the batch was sent')
  })

  test(`nor does one whose last word came after the batch had gone: stallMs ${stallMs}`, async t => {
    const stream = startStream(stallMs)
    stream.onAck('second', 0, -1)
    t.equal(stream.onAck('first', 10, 1), 0)
    t.equal(stream.onAck('second', 0, 2), 0)
    t.ok(waitForRelease(stream, 40_000), 'it was asked, and has not answered')
  })
}
