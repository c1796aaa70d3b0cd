/** Who may look at the page, and what a stranger gets. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { maxViewers } from '../../lib/viewer/live-desk.ts'
import { loopback } from '../helpers/loopback.ts'
import { ask, logIn, type Ask } from '../helpers/page-requests.ts'
import { startPage, watchLive } from '../helpers/page.ts'
import { waitFor } from '../helpers/wait.ts'

const apiPaths = ['live', 'senders', 'histogram', 'records', 'download', 'outputs', 'other']

test('the page is for those who have its URL', async t => {
  const page = await startPage(t, { uiName: 'logs.example.com' })
  const { port, session, token, url, entries } = page
  const origin = `http://${loopback}:${port}`
  t.equal(url, `${origin}/#token=${token}`)
  t.match(token, /^[\w-]{43}$/, '256 bits')

  for (const path of apiPaths) {
    const answer = await ask(port, `/api/${path}`)
    t.match(answer, { status: 401, headers: { 'cache-control': 'no-store' } })
    t.match(JSON.parse(answer.body), { code: 'no-session', message: /URL that the collector has/ })
  }

  const cookies: [title: string, cookie: string][] = [
    ['a session that is none', `zmq-pub-${port}=${'x'.repeat(43)}`],
    ['the token itself', `zmq-pub-${port}=${token}`],
    ['the session of another port', session.cookie.replace(`${port}`, '1')],
    ['a part of the session', session.cookie.slice(0, -1)],
    ['many cookies', 'a=b; '.repeat(2000)]
  ]
  for (const [title, cookie] of cookies) {
    t.equal((await ask(port, '/api/senders', { headers: { cookie } })).status, 401, title)
  }

  const requests: [title: string, headers: Record<string, string>, status: number][] = [
    ['a session', {}, 200],
    ['the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
    ['its name at a reverse proxy', { host: 'logs.example.com' }, 200],
    ['localhost', { host: `localhost:${port}` }, 200],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['another server of this machine', { 'sec-fetch-site': 'same-site' }, 403],
    ['an address that somebody has typed', { 'sec-fetch-site': 'none' }, 403],
    ['a name that was bound to this address', { host: 'evil.example' }, 403],
    ['the same with the port', { host: `evil.example:${port}` }, 403],
    ['a name that begins like an address', { host: '127.0.0.1.evil.example' }, 403]
  ]
  for (const [title, headers, status] of requests) {
    const answer = await ask(port, '/api/senders', { headers: { ...session, ...headers } })
    t.equal(answer.status, status, title)
    if (status !== 200) t.notMatch(answer.body, 'uptimeMs')
  }
  t.equal(
    (await ask(port, '/', { headers: { host: 'evil.example' } })).status,
    403,
    'the files, too'
  )

  const right = JSON.stringify({ token })
  const posts: [title: string, ask: Ask, status: number][] = [
    ['the token', { headers: { origin }, body: right }, 204],
    ['the same again', { headers: { origin }, body: right }, 204],
    ['the token from a program that is no browser', { body: right }, 204],
    ['a wrong token from such a program', { body: '{"token":"x"}' }, 403],
    [
      'a browser without an origin',
      { headers: { 'sec-fetch-site': 'same-origin' }, body: right },
      403
    ],
    ['an origin without a name', { headers: { origin: 'null' }, body: right }, 403],
    ['another origin', { headers: { origin: 'https://evil.example' }, body: right }, 403],
    ['another port', { headers: { origin: `http://${loopback}:1` }, body: right }, 403],
    [
      'a page of another site',
      { headers: { origin, 'sec-fetch-site': 'cross-site' }, body: right },
      403
    ],
    ['a wrong token', { headers: { origin }, body: '{"token":"x"}' }, 403],
    ['a number', { headers: { origin }, body: '{"token":1}' }, 403],
    ['no JSON', { headers: { origin }, body: 'token' }, 403],
    ['nothing', { headers: { origin } }, 403],
    ['much', { headers: { origin }, body: 'x'.repeat(5000) }, 413]
  ]
  for (const [title, given, status] of posts) {
    const answer = await ask(port, '/api/session', { ...given, method: 'POST' })
    t.equal(answer.status, status, title)
    t.equal(answer.headers['set-cookie'] !== undefined, status === 204, title)
  }
  const answer = await ask(port, '/api/session', {
    method: 'POST',
    headers: { host: 'logs.example.com', origin: 'https://logs.example.com' },
    body: right
  })
  const name = `zmq-pub-${port}`
  t.match(answer.headers['set-cookie'], [
    new RegExp(`^${name}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure$`)
  ])
  const refused = entries.filter(({ msg }) => String(msg).startsWith('wrong token: '))
  t.match(refused, [{ level: 40, from: /127/ }], 'which is logged, and not for each try')
  t.notMatch(JSON.stringify(entries.filter(({ url }) => !url)), token, 'the token only in the URL')
})

test('a browser runs nothing but the page, and keeps nothing', async t => {
  const { port, session } = await startPage(t)
  for (const path of ['/', '/page.js', '/api/senders', '/other']) {
    const { headers } = await ask(port, path, { headers: session })
    t.match(headers, {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin'
    })
    const policy = String(headers['content-security-policy']).split('; ')
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'"
    ])
      t.ok(policy.includes(rule), rule)
    t.notMatch(policy.join(), /unsafe|https?:/)
  }
})

const others: [title: string, path: string, ask: Ask, status: number][] = [
  ['a path that climbs', '/../../package.json', {}, 404],
  ['a path with escapes', '/%2e%2e/%2e%2e/package.json', {}, 404],
  ['a file of the server', '/server.js', {}, 404],
  ['a name that each object has', '/constructor', {}, 404],
  ['an absolute URL', 'http://evil.example/', {}, 404],
  ['another method', '/', { method: 'POST' }, 405],
  ['another method of the API', '/api/senders', { method: 'DELETE' }, 405],
  ['a path that the API has not', '/api/../senders', {}, 404],
  ['a long query', `/?${'x'.repeat(10_000)}`, { method: 'PUT' }, 405],
  ['long headers', '/', { headers: { cookie: 'x'.repeat(20_000) } }, 431]
]

test('other requests are refused', async t => {
  const { port, session } = await startPage(t)
  for (const [title, path, given, status] of others) {
    const headers = { ...session, ...given.headers }
    t.equal((await ask(port, path, { ...given, headers })).status, status, title)
  }
})

test('what is no HTTP ends its connection, and nothing else', async t => {
  const { port, session } = await startPage(t)
  for (const text of [
    '\0\u0001\u0002\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n'
  ]) {
    const socket = connect(port, loopback)
    socket.end(text)
    let answer = ''
    socket.setEncoding('latin1').on('data', more => (answer += more))
    await once(socket, 'close')
    t.match(answer, /^HTTP\/1\.1 40[03] /)
  }
  t.equal((await ask(port, '/api/senders', { headers: session })).status, 200)
})

test('a cookie that another server of the host has set does not end a session', async t => {
  const { port, session } = await startPage(t)
  const cookie = `zmq-pub-${port}=${'x'.repeat(43)}; ${session.cookie}`
  t.equal((await ask(port, '/api/senders', { headers: { cookie } })).status, 200)
})

test('requests that a client sends before it has an answer are answered in turn, and cost nothing when it goes', async t => {
  const { port, session } = await startPage(t)
  const toRequest = (path: string): string =>
    `GET /api/${path} HTTP/1.1\r\nHost: ${loopback}\r\nCookie: ${session.cookie}\r\n\r\n`
  const send = async (text: string, end: RegExp): Promise<string> => {
    const socket = connect(port, loopback)
    let answer = ''
    socket.setEncoding('latin1').on('data', more => (answer += more))
    socket.write(text)
    await waitFor(() => end.test(answer), 'an answer')
    socket.destroy()
    return answer
  }
  const answers = await send(toRequest('outputs') + toRequest('other'), /"not-found"/)
  t.match(answers, /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 404 /)

  await send(toRequest('live').repeat(maxViewers), /event: start/)
  for (let viewer = 0; viewer < 2; viewer++) await watchLive(t, { port, session })
})

test('each start has another token', async t => {
  const first = await startPage(t)
  const second = await startPage(t)
  t.not(first.token, second.token)
  await t.rejects(logIn(second.port, first.token), /^403/)
})
