import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { ZmqPubError } from '../../lib/errors.ts'
import { NdjsonAnswer, sendError } from '../../lib/viewer/ndjson-answer.ts'
import { RequestError } from '../../lib/viewer/request-error.ts'
import { loopback } from '../helpers/loopback.ts'
import { ask, open } from '../helpers/page-requests.ts'
import { latch } from '../helpers/wait.ts'

/** A server that answers so. @returns its port */
async function serve(t: Test, answer: (response: ServerResponse) => unknown): Promise<number> {
  const server = createServer((_request, response) => void answer(response)).listen(0, loopback)
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const line = Buffer.from('{"a":1}\n')

test('lines are sent as they are found, with a last one', async t => {
  const port = await serve(t, async response => {
    const answer = new NdjsonAnswer(response)
    answer.tell('{"progress":0.5}')
    await answer.write(line)
    answer.end('{"end":true}')
  })
  const { status, headers, body } = await ask(port, '/')
  t.equal(status, 200)
  t.match(headers, { 'content-type': 'application/x-ndjson; charset=utf-8' })
  t.equal(headers['content-disposition'], undefined)
  t.equal(body, '{"progress":0.5}\n{"a":1}\n{"end":true}\n')
})

test('a download is a file with a name; without records it is an empty one', async t => {
  const port = await serve(t, response => new NdjsonAnswer(response, 'records.ndjson').end(''))
  const { status, headers, body } = await ask(port, '/')
  t.equal(status, 200)
  t.match(headers, { 'content-disposition': 'attachment; filename="records.ndjson"' })
  t.equal(body, '')
})

test('what fails before the first line is answered as an error', async t => {
  const port = await serve(t, response =>
    new NdjsonAnswer(response).fail(new ZmqPubError('ERR_ZMQ_PUB_OPTION', 'level must be …'))
  )
  const { status, headers, body } = await ask(port, '/')
  t.equal(status, 400)
  t.match(headers, {
    'content-type': 'application/json',
    'content-length': `${Buffer.byteLength(body)}`
  })
  t.strictSame(JSON.parse(body), { code: 'ERR_ZMQ_PUB_OPTION', message: 'level must be …' })
})

test('what fails later is the last line of the answer', async t => {
  const port = await serve(t, async response => {
    const answer = new NdjsonAnswer(response)
    await answer.write(line)
    answer.fail(new RequestError(429, 'busy', 'try later'))
  })
  const { status, body } = await ask(port, '/')
  t.equal(status, 200)
  t.equal(body, '{"a":1}\n{"error":{"code":"busy","message":"try later"}}\n')
})

test('a file that fails is broken off: nobody takes it for a whole one', async t => {
  const port = await serve(t, async response => {
    const answer = new NdjsonAnswer(response, 'records.ndjson')
    await answer.write(line)
    answer.fail(new Error('on purpose'))
  })
  await t.rejects(ask(port, '/'), { code: 'ECONNRESET' })
})

test('it is written no faster than the client reads; what may be left out is left out meanwhile', async t => {
  const chunk = Buffer.alloc(64 * 1024, `${'x'.repeat(63)}\n`)
  let chunks = 0
  let resumed = 0
  const port = await serve(t, async response => {
    const answer = new NdjsonAnswer(response)
    for (let isBlocked = false; !isBlocked; chunks++) {
      const writing = answer.write(chunk)
      isBlocked = response.writableNeedDrain
      if (isBlocked) answer.tell('left out')
      await writing
      if (isBlocked && !response.writableNeedDrain) resumed++
    }
    answer.end('the end')
  })
  const { body } = await ask(port, '/')
  t.equal(resumed, 1, 'a write resolves when more may be written')
  t.notMatch(body, 'left out')
  t.ok(body.endsWith('the end\n'))
  t.equal(body.length, chunks * chunk.length + 'the end\n'.length)
})

test('when the client goes, the signal is aborted and nothing more is written', async t => {
  const ended = latch<{ answer: NdjsonAnswer; error: unknown }>()
  const port = await serve(t, async response => {
    const answer = new NdjsonAnswer(response)
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    try {
      for (;;) await answer.write(chunk)
    } catch (error) {
      ended.open({ answer, error })
    }
  })
  const response = await open(port, '/')
  response.destroy()
  const { answer, error } = await ended.promise
  t.ok(answer.signal.aborted)
  t.ok(error instanceof Error)
  t.match(answer.signal.reason, { message: 'the client has gone' })
  await t.rejects(answer.write(line), { message: 'the client has gone' })
  t.doesNotThrow(() => {
    answer.tell('{}')
    answer.fail(new Error('too late'))
    answer.end('')
  })
})

test('an error for an answer that has begun breaks it off', async t => {
  const port = await serve(t, response => {
    response.write('something')
    sendError(response, new RequestError(500, 'bug', 'a bug'))
  })
  await t.rejects(ask(port, '/'), { code: 'ECONNRESET' })
})
