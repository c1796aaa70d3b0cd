import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { XPublisher, XSubscriber } from 'zeromq'
import { bindEndpoint, connectEndpoint, explainEndpointError } from '../../lib/util/endpoint.ts'
import { noIPv6, ownAddresses } from '../helpers/ip-version.ts'
import { startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const linkLocal = ownAddresses.find(({ address }) => address.startsWith('fe80:'))

function openSubscriber(t: Test): XSubscriber {
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  return socket
}

async function bind(t: Test, address: string): Promise<string> {
  const socket = openSubscriber(t)
  await bindEndpoint(socket, address)
  return socket.lastEndpoint ?? ''
}

function accepts(endpoint: string, host: string): Promise<boolean> {
  const port = Number(endpoint.split(':').at(-1))
  return new Promise(resolve => {
    const probe = connect(port, host, () => resolve(true)).once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
}

/** Resolves when a subscriber at an address has got a message from a socket that connects to another. */
async function exchange(t: Test, bound: string, toConnected = (endpoint: string) => endpoint) {
  const subscriber = openSubscriber(t)
  await subscriber.send(Buffer.of(1))
  await bindEndpoint(subscriber, bound)
  const publisher = new XPublisher()
  t.teardown(() => publisher.close())
  connectEndpoint(publisher, toConnected(subscriber.lastEndpoint ?? ''))
  const received = subscriber.receive() // a socket that doesn't receive doesn't subscribe, either
  await publisher.receive() // the subscription
  await publisher.send(['topic', 'text'])
  t.equal(String((await received)[1]), 'text')
}

test('a star listens for IPv4 and IPv6', { skip: noIPv6 }, async t => {
  const endpoint = await bind(t, 'tcp://*:*')
  t.ok(await accepts(endpoint, '127.0.0.1'))
  t.ok(await accepts(endpoint, '::1'))
})

test('an IPv6 address is bound and connected to', { skip: noIPv6 }, async t => {
  t.match(await bind(t, 'tcp://[::1]:*'), /^tcp:\/\/\[::1\]:\d+$/)
  await exchange(t, 'tcp://[::1]:*')
})

test(
  'a link-local address has its zone behind a percent sign',
  { skip: linkLocal === undefined && 'this machine has no link-local address' },
  async t => exchange(t, `tcp://[${linkLocal?.address}%${linkLocal?.name}]:*`)
)

test('addresses of both IP versions on one socket cause no warning', { skip: noIPv6 }, async t => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const socket = openSubscriber(t)
  await bindEndpoint(socket, 'tcp://127.0.0.1:*')
  await bindEndpoint(socket, 'tcp://[::1]:*')
  connectEndpoint(socket, 'tcp://127.0.0.1:1')
  await new Promise(resolve => setImmediate(resolve)) // warnings are emitted in the next tick
  t.strictSame(warnings, [])
})

const unusable: [address: string, explanation: RegExp][] = [
  ['tcp://192.0.2.1:*', /this machine has no such address/],
  ['tcp://no.such.host.invalid:*', /this machine has no such address/],
  ['ipc:///no/such/folder/socket', /no such/i],
  [`ipc:///tmp/${'x'.repeat(120)}`, /too long/]
]

for (const [address, explanation] of unusable) {
  test(`what is wrong with an address is explained: ${address.slice(0, 30)}`, async t => {
    const error: unknown = await bind(t, address).catch((thrown: unknown) => thrown)
    t.match(explainEndpointError(address, error), explanation)
  })
}

for (const host of ['127.0.0.1', '0.0.0.0', 'localhost']) {
  test(`${host} is for IPv4 only`, async t => {
    const endpoint = await bind(t, `tcp://${host}:*`)
    t.match(endpoint, /^tcp:\/\/(?:127\.0\.0\.1|0\.0\.0\.0):\d+$/)
    t.notOk(await accepts(endpoint, '::1'))
    await exchange(t, `tcp://${host}:*`, bound => bound.replace(/\/\/.*:/, '//localhost:'))
  })
}

/** The path of a socket must be short. */
function makeFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const listens = { code: 'EADDRINUSE', message: /another process listens there; stop it or/ }

test('an ipc path at which somebody listens is refused, and that one stays reachable', async t => {
  const folder = makeFolder(t)
  symlinkSync('socket', `${folder}/link`)
  await bind(t, `ipc://${folder}/socket`)
  await t.rejects(bind(t, `ipc://${folder}/socket`), listens)
  await t.rejects(bind(t, `ipc://${folder}/link`), listens)
  await new Promise<void>(resolve => {
    const probe = connect(`${folder}/socket`, () => resolve())
    t.teardown(() => probe.destroy())
  })
})

test('the socket of a program that speaks something else is refused', async t => {
  const path = `${makeFolder(t)}/socket`
  const server = createServer()
  t.teardown(() => server.close())
  await new Promise<void>(resolve => void server.listen(path, resolve))
  await t.rejects(bind(t, `ipc://${path}`), listens)
})

test('a file at an ipc path is not deleted', async t => {
  const path = `${makeFolder(t)}/app.log`
  writeFileSync(path, 'kept')
  await t.rejects(bind(t, `ipc://${path}`), { message: /already exists and is not a socket/ })
  t.equal(readFileSync(path, 'utf8'), 'kept')
})

/** A socket whose process was killed. */
async function leaveSocket(t: Test, path: string): Promise<void> {
  const code = 'require("net").createServer().listen(process.argv[1], () => console.log("listens"))'
  const { child, exited, stdout } = startProgram(t, '', { args: ['--eval', code, path] })
  await waitFor(() => stdout() === 'listens\n', 'the socket')
  child.kill('SIGKILL')
  await exited
  t.ok(existsSync(path))
}

const free: [what: string, toAddress: (folder: string) => string][] = [
  ['nothing is there', folder => `ipc://${folder}/new`],
  ['a dead process left its socket', folder => `ipc://${folder}/left`],
  ['it is no path but an abstract name', folder => `ipc://@${folder}`],
  ['it is a star', () => 'ipc://*']
]

for (const [what, toAddress] of free) {
  test(`an ipc address is bound where ${what}`, async t => {
    t.testdir()
    const folder = makeFolder(t)
    await leaveSocket(t, `${folder}/left`)
    await exchange(t, toAddress(folder))
  })
}
