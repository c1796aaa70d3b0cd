import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import {
  maxConnections,
  maxUnanswered,
  MetricsServer,
  type MetricsPages
} from '../../../lib/collector/reporting/metrics-server.ts'
import { parseHostPort } from '../../../lib/util/host-port.ts'
import { latch, waitFor } from '../../helpers/wait.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'

async function startServer(t: Test, pages: Partial<MetricsPages> = {}, address = '127.0.0.1:0') {
  const server = await MetricsServer.open(address)
  t.teardown(() => server.close())
  server.serve({ contentType, render: async () => 'a 1\n', findTroubles: async () => [], ...pages })
  return server
}

/** Opens a connection and writes to it. */
async function open(t: Test, { address }: MetricsServer, text: string): Promise<Socket> {
  const { host, port } = parseHostPort(address) ?? { host: '', port: 0 }
  const socket = connect({ host: host === '*' ? '127.0.0.1' : host, port })
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** Sends bytes, and reads the answer until its end. */
async function send(t: Test, server: MetricsServer, text: string): Promise<string> {
  const socket = await open(t, server, text)
  let answer = ''
  socket.setEncoding('utf8').on('data', chunk => (answer += chunk))
  await ended(socket)
  return answer
}

/** Resolves when a connection is closed; it may have been reset. */
async function ended(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>(resolve => socket.once('close', () => resolve()))
}

function get(path: string, host = 'localhost', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
}

const answers: [title: string, request: string, status: number, body: RegExp][] = [
  ['the numbers', get('/metrics'), 200, /a 1\n$/],
  ['a query is ignored', get('/metrics?x=1'), 200, /a 1\n$/],
  ['the process lives', get('/healthz'), 200, /ok\n$/],
  ['the collector is ready', get('/readyz'), 200, /ready\n$/],
  ['another path', get('/etc/passwd'), 404, /see \/metrics, \/healthz and \/readyz\n$/],
  ['a path that climbs', get('/../../metrics'), 404, /see/],
  ['an absolute path', get('http://example.com/metrics'), 404, /see/],
  ['a path with escapes', get('/metrics%00%0d%0aX:1'), 404, /see/],
  ['no body for HEAD', get('/metrics', 'localhost', 'HEAD'), 200, /\r\n\r\n$/],
  ['another method', get('/metrics', 'localhost', 'DELETE'), 405, /only GET and HEAD\n$/],
  ['an address as host', get('/metrics', '127.0.0.1:9464'), 200, /a 1\n$/],
  ['an IPv6 address as host', get('/metrics', '[::1]:9464'), 200, /a 1\n$/],
  ["the host of a web page's author", get('/metrics', 'evil.example'), 403, /use http:\/\/127/],
  ['a host that looks like an address', get('/metrics', '127.0.0.1.evil.example'), 403, /use/],
  ['HTTP 1.0 without a host', 'GET /metrics HTTP/1.0\r\n\r\n', 200, /a 1\n$/],
  ['HTTP 1.1 without a host', 'GET /metrics HTTP/1.1\r\n\r\n', 400, /$/],
  ['no HTTP', '\0z hello\r\n\r\n', 400, /$/],
  ['long headers', get('/metrics', 'x'.repeat(20_000)), 431, /$/]
]

for (const [title, text, status, body] of answers) {
  test(`a request: ${title}`, async t => {
    const answer = await send(t, await startServer(t), text)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    t.match(answer, body)
    if (status === 405) t.match(answer, 'allow: GET, HEAD')
  })
}

test('a server that other hosts reach answers to any name', async t => {
  const server = await startServer(t, {}, '*:0')
  t.notOk(server.isLocal)
  t.match(await send(t, server, get('/metrics', 'logs.example')), /^HTTP\/1.1 200 /)
})

test('the body of a request is not read', async t => {
  const text = 'POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000\r\n\r\nabc'
  const socket = await open(t, await startServer(t), text)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1.1 405 /)
})

test('until there is a collector nothing is ready', async t => {
  const server = await MetricsServer.open('127.0.0.1:0')
  t.teardown(() => server.close())
  t.match(await send(t, server, get('/healthz')), /^HTTP\/1.1 200 /)
  t.match(await send(t, server, get('/readyz')), /^HTTP\/1.1 503 [^]*not ready: starting\n$/)
  t.match(await send(t, server, get('/metrics')), /^HTTP\/1.1 503 [^]*starting\n$/)
})

test('a collector that is not ready says why', async t => {
  const server = await startServer(t, {
    findTroubles: async () => ['cannot write a', 'cannot write b']
  })
  t.match(
    await send(t, server, get('/readyz')),
    /^HTTP\/1.1 503 [^]*\r\n\r\nnot ready: cannot write a\nnot ready: cannot write b\n$/
  )
})

test('numbers that cannot be read are an error of the server', async t => {
  const server = await startServer(t, { render: () => Promise.reject(new Error('oops')) })
  t.match(await send(t, server, get('/metrics')), /^HTTP\/1.1 500 [^]*a bug: oops\n$/)
  t.match(await send(t, server, get('/healthz')), /^HTTP\/1.1 200 /)
})

test('many requests at once read the numbers once', async t => {
  let reads = 0
  const server = await startServer(t, { render: async () => `a ${++reads}\n` })
  const text = get('/metrics').replace('connection: close\r\n', '').repeat(100) + get('/healthz')
  const answer = await send(t, server, text)
  t.equal(answer.match(/^a \d+$/gm)?.length, 100)
  t.ok(reads <= 2, `${reads} reads`)
})

test('clients that say nothing or read nothing take no more than their number of connections', async t => {
  const large = 'x'.repeat(8 * 1024 * 1024)
  const server = await startServer(t, { render: async () => large })
  const reading = get('/metrics').replace('connection: close\r\n', '').repeat(20)
  const unread = await open(t, server, reading)
  unread.pause()
  // All at once, so that they are there together however slow this machine is.
  const silent = await Promise.all(
    Array.from({ length: 2 * maxConnections }, () => open(t, server, 'GET /metrics HTTP/1.1\r\nx'))
  )
  await Promise.all(silent.map(socket => ended(socket.resume())))
  t.ok(silent.filter(({ bytesRead }) => bytesRead === 0).length > 0, 'some are closed at once')
  await waitFor(
    async () => /^HTTP\/1.1 200 /.test(await send(t, server, get('/healthz'))),
    'a place that is free again'
  )
})

test('a client that sends requests without end and waits for no answer is cut off', async t => {
  const { promise, open: answer } = latch<string[]>()
  const server = await startServer(t, { findTroubles: () => promise })
  const waiting = get('/readyz').replace('connection: close\r\n', '')
  const greedy = await open(t, server, waiting.repeat(maxUnanswered + 1))
  await ended(greedy.resume())
  t.equal(greedy.bytesRead, 0)
  const patient = await open(t, server, waiting.repeat(maxUnanswered))
  let answers = ''
  patient.setEncoding('utf8').on('data', text => (answers += text))
  answer([])
  const count = (): number => answers.match(/^ready$/gm)?.length ?? 0
  await waitFor(() => count() === maxUnanswered, 'all answers')
  patient.write(get('/readyz'))
  await ended(patient)
  t.equal(count(), maxUnanswered + 1, 'answered requests do not count')
})

test('connections that are not used give way where there is no place left', async t => {
  const server = await startServer(t)
  const kept = await Promise.all(
    Array.from({ length: maxConnections }, () => {
      return open(t, server, 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    })
  )
  await Promise.all(kept.map(socket => once(socket, 'data')))
  const late = await open(t, server, get('/healthz'))
  await ended(late.resume())
  t.equal(late.bytesRead, 0, 'it is too late for this one')
  t.match(await send(t, server, get('/healthz')), /^HTTP\/1.1 200 /)
})

test('a connection without a complete request is ended', async t => {
  const server = await startServer(t)
  const socket = await open(t, server, 'GET /metrics HTTP/1.1\r\n')
  await ended(socket.resume())
  t.pass('after some seconds')
})

test('a connection is used again, and ended when the server closes', async t => {
  const server = await startServer(t)
  const { host = '', port } = parseHostPort(server.address) ?? {}
  const asking = request({ host, port, path: '/metrics', agent: false }).setHeader(
    'connection',
    'keep-alive'
  )
  asking.end()
  const [response] = (await once(asking, 'response')) as [
    NodeJS.ReadableStream & { socket: Socket }
  ]
  const { socket } = response
  response.resume()
  const closed = once(socket, 'close')
  await server.close()
  await closed
  t.pass()
})

const refused: [title: string, address: string, message: RegExp][] = [
  [
    'an address of another machine',
    '192.0.2.1:9464',
    /^ERR_ZMQ_PUB_ADDRESS: cannot serve metrics at 192.0.2.1:9464: this machine has no such address/
  ],
  ['a name that nobody has', 'nobody.invalid:9464', /cannot serve metrics at nobody.invalid:9464: /]
]

for (const [title, address, message] of refused) {
  test(`${title} is refused`, async t => {
    await t.rejects(MetricsServer.open(address), { code: 'ERR_ZMQ_PUB_ADDRESS', message })
  })
}

test('a port in use is refused', async t => {
  const { address } = await startServer(t)
  await t.rejects(MetricsServer.open(address), {
    message: `ERR_ZMQ_PUB_ADDRESS: cannot serve metrics at ${address}: the port is in use; stop the other program or choose another port`
  })
})
