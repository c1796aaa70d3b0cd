import type { ServerResponse } from 'node:http'
import { test, type Test } from 'tap'
import { PageAccess } from '../../lib/viewer/access.ts'
import { readAssets } from '../../lib/viewer/assets.ts'
import type { HistoryRoutes } from '../../lib/viewer/history-routes.ts'
import type { LiveDesk, LiveStream } from '../../lib/viewer/live-desk.ts'
import { RequestError } from '../../lib/viewer/request-error.ts'
import { Routes } from '../../lib/viewer/routes.ts'
import { ViewerServer } from '../../lib/viewer/server.ts'
import { Sessions } from '../../lib/viewer/sessions.ts'
import type { SnapshotCache } from '../../lib/viewer/snapshot-cache.ts'
import type { Watch } from '../../lib/viewer/watch.ts'
import { loopback } from '../helpers/loopback.ts'
import { ask, logIn } from '../helpers/page-requests.ts'

/** A page whose records, senders and live view are of the test, and a session. */
async function serve(t: Test, files: Record<string, string> = { 'index.html': '<p>' }) {
  const asked: string[] = []
  const room = { isFull: false }
  const answerHistory =
    (name: string) =>
    (parameters: URLSearchParams, response: ServerResponse): Promise<void> => {
      asked.push(`${name} ${parameters.toString()}`)
      if (parameters.has('bug')) throw new Error('on purpose')
      response.end(name)
      return Promise.resolve()
    }
  const history = {
    count: answerHistory('count'),
    find: answerHistory('find'),
    download: answerHistory('download'),
    listOutputs: () => '[]'
  } as unknown as HistoryRoutes
  const live = {
    refuseIfFull() {
      if (room.isFull) throw new RequestError(429, 'busy', 'too many browsers')
    },
    add(watch: Watch, openStream: (onClose: () => void) => LiveStream, lastId: number) {
      asked.push(`live ${watch.filter.apps.join()} ${lastId}`)
      const stream = openStream(() => undefined)
      stream.send('start', 1, '{}')
      stream.end()
    }
  } as unknown as LiveDesk
  const snapshots = { get: () => Promise.resolve('{"senders":[]}') } as unknown as SnapshotCache
  const server = await ViewerServer.open(`${loopback}:0`, [], (request, response) =>
    routes.answer(request, response)
  )
  t.teardown(() => server.close())
  const { ownHost, port } = server
  const sessions = new Sessions('right')
  const access = new PageAccess({ sessions, ownHost, port, onRefused: () => undefined })
  const assets = readAssets(t.testdir(files))
  const routes = new Routes({ assets, access, live, snapshots, history })
  const headers = await logIn(port, 'right')
  return { asked, port, room, headers }
}

test('the files of the page need no session, and a browser asks each time whether they have changed', async t => {
  const { port } = await serve(t)
  const answer = await ask(port, '/?a=1')
  t.match(answer, { status: 200, body: '<p>' })
  t.match(answer.headers, {
    'cache-control': 'no-cache',
    'content-type': 'text/html; charset=utf-8',
    'content-length': '3'
  })
  const { etag = '' } = answer.headers
  t.match(await ask(port, '/', { headers: { 'if-none-match': etag } }), { status: 304, body: '' })
  t.match(await ask(port, '/', { headers: { 'if-none-match': '"old"' } }), { status: 200 })
  const head = await ask(port, '/', { method: 'HEAD' })
  t.match(head, { status: 200, headers: { 'content-length': '3' }, body: '' })
})

test('before npm run build the page says what to do', async t => {
  const { port } = await serve(t, {})
  const { status, body } = await ask(port, '/')
  t.equal(status, 503)
  t.strictSame(JSON.parse(body), {
    code: 'no-page',
    message: 'the files of the page are missing: run npm run build'
  })
})

const others: [method: string, path: string, status: number, code: string, allowed?: string][] = [
  ['GET', '/nothing', 404, 'not-found'],
  ['GET', '/index.html', 404, 'not-found'],
  ['GET', '/../../etc/passwd', 404, 'not-found'],
  ['GET', '/api', 404, 'not-found'],
  ['GET', '/api/', 404, 'not-found'],
  ['GET', '/api/nothing', 404, 'not-found'],
  ['GET', '/api/session', 404, 'not-found'],
  ['POST', '/', 405, 'method', 'GET, HEAD'],
  ['POST', '/api/records', 405, 'method', 'GET'],
  ['HEAD', '/api/senders', 405, 'method', 'GET']
]

test('other paths and methods are refused, and the answer says what is wrong', async t => {
  const { port, headers } = await serve(t)
  for (const [method, path, status, code, allowed] of others) {
    const answer = await ask(port, path, { method, headers })
    t.equal(answer.status, status, `${method} ${path}`)
    t.equal(answer.headers.allow, allowed)
    if (method !== 'HEAD') t.match(JSON.parse(answer.body), { code, message: /./ })
  }
})

const paths = ['live', 'senders', 'histogram', 'records', 'download', 'outputs', 'nothing']

test('below /api/ nothing is told without a session, and nothing is asked', async t => {
  const { asked, port } = await serve(t)
  for (const path of paths) {
    const { status, headers } = await ask(port, `/api/${path}`)
    t.equal(status, 401, path)
    t.equal(headers['cache-control'], 'no-store')
  }
  t.strictSame(asked, [])
})

test('with a session each path is answered by its part, with its parameters', async t => {
  const { asked, port, headers } = await serve(t)
  const bodies: string[] = []
  for (const path of ['senders', 'outputs', 'histogram?a=1', 'records?b=%3F?', 'download']) {
    const answer = await ask(port, `/api/${path}`, { headers })
    t.match(answer, { status: 200, headers: { 'cache-control': 'no-store' } }, path)
    bodies.push(answer.body)
  }
  t.strictSame(bodies, ['{"senders":[]}', '[]', 'count', 'find', 'download'])
  t.strictSame(asked, ['count a=1', 'find b=%3F%3F', 'download '])
})

test('the live view continues where the browser has lost it', async t => {
  const { asked, port, headers } = await serve(t)
  const { body } = await ask(port, '/api/live?app=shop', {
    headers: { ...headers, 'last-event-id': '17' }
  })
  t.match(body, /event: start\nid: 1\ndata: \{\}\n\n$/)
  await ask(port, '/api/live', { headers })
  t.strictSame(asked, ['live shop 17', 'live  NaN'])
})

test('a live view is refused before its stream begins, where it can be read as an error', async t => {
  const { asked, port, room, headers } = await serve(t)
  t.match(await ask(port, '/api/live?ap=shop', { headers }), { status: 400, body: /"code":/ })
  room.isFull = true
  t.match(await ask(port, '/api/live', { headers }), { status: 429, body: /"busy"/ })
  t.strictSame(asked, [])
})

test('a bug is answered as one, and ends nothing', async t => {
  const { port, headers } = await serve(t)
  const { status, body } = await ask(port, '/api/records?bug', { headers })
  t.equal(status, 500)
  t.strictSame(JSON.parse(body), { code: 'bug', message: 'a bug: on purpose' })
  t.match(await ask(port, '/api/outputs', { headers }), { status: 200 })
})
