import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { maxBodyBytes, PageAccess } from '../../lib/viewer/access.ts'
import { OwnHost } from '../../lib/viewer/own-host.ts'
import { Sessions } from '../../lib/viewer/sessions.ts'

const own = { origin: 'http://localhost:8080', host: 'localhost:8080' }

/** The access to a page at the port 8080, and whose wrong tokens it has reported. */
function makeAccess(names: readonly string[] = []) {
  const refused: string[] = []
  const sessions = new Sessions('right')
  const ownHost = new OwnHost('127.0.0.1', names)
  const onRefused = (from: string): void => void refused.push(from)
  return { access: new PageAccess({ sessions, ownHost, port: 8080, onRefused }), refused, sessions }
}

function toRequest(headers: Record<string, string>, body: string | string[] = ''): IncomingMessage {
  const stream = Readable.from([body].flat().map(text => Buffer.from(text)))
  const socket = Object.assign(new EventEmitter(), { remoteAddress: '192.0.2.7' })
  return Object.assign(stream, { headers, socket }) as unknown as IncomingMessage
}

const right = JSON.stringify({ token: 'right' })

test('the token is exchanged for a cookie, which is needed for all else', async t => {
  const { access, refused } = makeAccess()
  const header = await access.openSession(toRequest(own, right))
  t.match(header, /^zmq-pub-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  const [cookie = ''] = header.split(';')
  t.doesNotThrow(() => access.check(toRequest({ cookie })))
  t.doesNotThrow(() => access.check(toRequest({ cookie: `a=1; zmq-pub-8080=x; ${cookie}` })))
  t.doesNotThrow(() => access.check(toRequest({ cookie, 'sec-fetch-site': 'same-origin' })))
  t.strictSame(refused, [])
})

test('a body that comes in parts is read; a program that is no browser needs only the token', async t => {
  const { access, sessions } = makeAccess()
  await access.openSession(toRequest({ host: 'localhost:8080' }, right.split('')))
  t.equal(sessions.size, 1)
})

test('behind a proxy with https the cookie is sent by https only', async t => {
  const { access } = makeAccess(['logs.example.com'])
  const headers = { origin: 'https://logs.example.com', host: '127.0.0.1:8080' }
  t.match(await access.openSession(toRequest(headers, right)), /; SameSite=Strict; Secure$/)
})

const noSessions: [what: string, headers: Record<string, string>][] = [
  ['no cookie', {}],
  ['a wrong cookie', { cookie: 'zmq-pub-8080=wrong' }],
  ['the token in place of the cookie', { cookie: 'zmq-pub-8080=right' }],
  ['the cookie of another port', { cookie: 'zmq-pub-8081=right' }]
]

for (const [what, headers] of noSessions) {
  test(`with ${what} nothing may be asked, and the message says which URL to open`, async t => {
    const { access } = makeAccess()
    t.throws(() => access.check(toRequest(headers)), {
      status: 401,
      code: 'no-session',
      message:
        'open the page with the URL that the collector has logged when it was started; it ends with #token=…'
    })
  })
}

test('pages of other servers may ask nothing, even with the cookie', async t => {
  const { access } = makeAccess()
  const [cookie = ''] = (await access.openSession(toRequest(own, right))).split(';')
  for (const site of ['cross-site', 'same-site', 'none', '']) {
    t.throws(() => access.check(toRequest({ cookie, 'sec-fetch-site': site })), {
      status: 403,
      code: 'other-site'
    })
  }
})

const others: [what: string, headers: Record<string, string>, message: RegExp][] = [
  ['of another server', { ...own, origin: 'http://evil.example' }, /give the collector --ui-name$/],
  ['of another port', { ...own, origin: 'http://localhost:9' }, /give the collector --ui-name$/],
  ['of a file', { ...own, origin: 'null' }, /give the collector --ui-name$/],
  ['without its origin', { host: own.host, 'sec-fetch-site': 'same-origin' }, /--ui-name$/],
  ['that is fetched across sites', { ...own, 'sec-fetch-site': 'cross-site' }, /only the page/]
]

for (const [what, headers, message] of others) {
  test(`a page ${what} gets no session for the right token`, async t => {
    const { access, sessions } = makeAccess()
    await t.rejects(access.openSession(toRequest(headers, right)), {
      status: 403,
      code: 'other-site',
      message
    })
    t.equal(sessions.size, 0)
  })
}

test('a wrong token is reported, answered late, and says where the right one is', async t => {
  const { access, refused, sessions } = makeAccess()
  const bodies = ['{"token":"wrong"}', '{"token":5}', '{}', '[]', 'null', 'token=right', '']
  const pauses = replaceTimeout()
  await Promise.all(
    bodies.map(body =>
      t.rejects(
        access.openSession(toRequest(own, body)),
        {
          status: 403,
          code: 'wrong-token',
          message:
            'this token is not valid: each start of the collector makes another one, and logs it as part of the URL'
        },
        body
      )
    )
  )
  pauses.putBack()
  t.strictSame(
    pauses.lengths,
    bodies.map(() => 500),
    'guessing takes long'
  )
  t.strictSame(
    refused,
    bodies.map(() => '192.0.2.7')
  )
  t.equal(sessions.size, 0)
})

test('a body that is too long is refused before it is kept, and the message says how much it may have', async t => {
  const { access } = makeAccess()
  const longest = right.padEnd(maxBodyBytes)
  t.match(await access.openSession(toRequest(own, longest)), /^zmq-pub/)
  const request = toRequest(own, [longest, ' ', 'never read'])
  await t.rejects(access.openSession(request), {
    status: 413,
    code: 'too-long',
    message: 'the body must have at most 1024 bytes'
  })
  t.notOk(request.destroyed, 'it can still be answered')
})

/** Pauses of no length. */
function replaceTimeout() {
  const real = globalThis.setTimeout
  const lengths: number[] = []
  const replaced = (act: () => void, ms: number): void => {
    lengths.push(ms)
    setImmediate(act)
  }
  Object.assign(globalThis, { setTimeout: replaced })
  return { lengths, putBack: () => Object.assign(globalThis, { setTimeout: real }) }
}
