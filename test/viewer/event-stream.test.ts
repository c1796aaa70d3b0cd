import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test, type Test } from 'tap'
import { EventStream } from '../../lib/viewer/event-stream.ts'

/** An answer whose client reads as the test says. */
class FakeResponse extends EventEmitter {
  readonly socket = { setNoDelay: () => undefined }
  readonly headers: Record<string, string> = {}
  status = 0
  text = ''
  isRead = true
  isEnded = false
  isDestroyed = false

  setHeader(name: string, value: string): void {
    this.headers[name] = value
  }

  writeHead(status: number): void {
    this.status = status
  }

  write(text: string): boolean {
    this.text += text
    return this.isRead
  }

  end(): void {
    this.isEnded = true
  }

  destroy(): void {
    this.isDestroyed = true
  }
}

/** A stream, and a clock that the test moves. */
function openStream(t: Test) {
  const clock = { ms: 0, check: (): void => undefined, isChecked: true }
  const real = { setInterval, clearInterval }
  t.capture(performance, 'now', () => clock.ms)
  Object.assign(globalThis, {
    setInterval: (act: () => void) => void (clock.check = act),
    clearInterval: () => (clock.isChecked = false)
  })
  const response = new FakeResponse()
  let closed = 0
  const onClose = (): void => void closed++
  const stream = new EventStream(response as unknown as ServerResponse, onClose)
  Object.assign(globalThis, { setInterval: real.setInterval })
  t.teardown(() => Object.assign(globalThis, real))
  response.text = response.text.replace('retry: 2000\n\n', '')
  /** Moves the clock, and looks as often as the interval says. */
  const pass = (seconds: number): void => {
    for (let passed = 0; passed < seconds; passed += 5) {
      clock.ms += 5000
      clock.check()
    }
  }
  return { clock, pass, response, stream, countClosed: () => closed }
}

test('an answer begins at once, as server-sent events that no proxy holds back', async t => {
  const response = new FakeResponse()
  const stream = new EventStream(response as unknown as ServerResponse, () => undefined)
  t.notOk(stream.isBlocked)
  t.equal(response.status, 200)
  t.strictSame(response.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no'
  })
  t.equal(response.text, 'retry: 2000\n\n', 'a browser connects again after 2 s')
  response.emit('close')
})

test('an event has its name, its id and its data', async t => {
  const { response, stream } = openStream(t)
  stream.send('records', 7, '{"a":1}')
  t.equal(response.text, 'event: records\nid: 7\ndata: {"a":1}\n\n')
})

test('a client that does not read blocks the stream until it has read all', async t => {
  const { response, stream } = openStream(t)
  t.notOk(stream.isBlocked)
  response.isRead = false
  stream.send('records', 1, '{}')
  t.ok(stream.isBlocked)
  response.isRead = true
  response.emit('drain')
  t.notOk(stream.isBlocked)
})

test('a silent connection gets a comment every 15 s, and one with events gets none', async t => {
  const { pass, response, stream } = openStream(t)
  pass(10)
  t.equal(response.text, '')
  pass(5)
  t.equal(response.text, ': still here\n\n')
  pass(10)
  stream.send('x', 1, '{}')
  response.text = ''
  pass(10)
  t.equal(response.text, '')
})

test('a client that reads nothing for a minute is disconnected, and one that reads late is not', async t => {
  const { pass, response, stream } = openStream(t)
  response.isRead = false
  stream.send('x', 1, '{}')
  pass(60)
  t.notOk(response.isDestroyed)
  response.emit('drain')
  stream.send('x', 2, '{}')
  pass(60)
  stream.send('x', 3, '{}')
  t.notOk(response.isDestroyed)
  response.text = ''
  pass(5)
  t.ok(response.isDestroyed)
  t.equal(response.text, '', 'it got no comments')
})

test('when the client has gone that is told once, and nothing is checked any more', async t => {
  const { clock, countClosed, response, stream } = openStream(t)
  stream.end()
  t.ok(response.isEnded)
  t.equal(countClosed(), 0)
  response.emit('close')
  response.emit('close')
  t.equal(countClosed(), 1)
  t.notOk(clock.isChecked)
})
