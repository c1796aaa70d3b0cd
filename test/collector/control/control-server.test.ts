import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { test, type Test } from 'tap'
import type { ControlPath } from '../../../lib/collector/control/control-path.ts'
import {
  ControlServer,
  maxClients,
  snapshotRequest
} from '../../../lib/collector/control/control-server.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'
import { latch, waitFor } from '../../helpers/wait.ts'

const skip = process.platform === 'win32' && 'no files of sockets'

function findPlace(t: Test): ControlPath {
  return { path: makeSocketPath(t), isFile: true }
}

async function openServer(t: Test, place = findPlace(t), answer = () => '{}') {
  const server = await ControlServer.open(place, answer)
  t.teardown(() => server.close())
  return server
}

/** Connects and sends a text. */
function send(t: Test, path: string, text: string): Socket {
  const client = connect(path).on('error', () => undefined)
  t.teardown(() => client.destroy())
  client.write(text)
  return client
}

/** What a client gets until it is cut off. */
function readAll(client: Socket): Promise<string> {
  const { promise, open } = latch<string>()
  let text = ''
  client.setEncoding('utf8').on('data', (part: string) => (text += part))
  client.once('close', () => open(text))
  return promise
}

function ask(t: Test, path: string, text = snapshotRequest): Promise<string> {
  return readAll(send(t, path, text))
}

test('a client that asks gets the answer of that moment as one line', { skip }, async t => {
  let asked = 0
  const { path } = await openServer(t, findPlace(t), () => JSON.stringify({ asked: ++asked }))
  t.equal(await ask(t, path), '{"asked":1}\n')
  t.equal(await ask(t, path), '{"asked":2}\n')
})

test('only its user may open the socket, whatever the umask', { skip }, async t => {
  const former = process.umask(0)
  t.teardown(() => process.umask(former))
  const { path } = await openServer(t)
  t.equal(lstatSync(path).mode & 0o777, 0o600)
  const names = readdirSync(dirname(path))
  t.equal(names.length, 1, `nothing else is left: ${names.join(' ')}`)
})

for (const text of ['snapshots\n', 'x', 'GET / HTTP/1.1\r\n', 'x'.repeat(100_000)]) {
  test(`${JSON.stringify(text.slice(0, 20))} is no request`, { skip }, async t => {
    const { path } = await openServer(t)
    t.equal(await ask(t, path, text), '')
  })
}

test('a request may come in parts', { skip }, async t => {
  const { path } = await openServer(t)
  const client = send(t, path, 'snap')
  const answer = readAll(client)
  await new Promise(resolve => setImmediate(resolve))
  client.write('shot\n')
  t.equal(await answer, '{}\n')
})

test('an answer that fails is an error for the client only', { skip }, async t => {
  const { path } = await openServer(t, findPlace(t), () => {
    throw new Error('a bug')
  })
  t.equal(await ask(t, path), '{"error":"a bug"}\n')
  t.equal(await ask(t, path), '{"error":"a bug"}\n')
})

test(
  'clients that neither ask nor read are cut off, and more than a few are turned away',
  { skip },
  async t => {
    let asked = 0
    const { path } = await openServer(t, findPlace(t), () => `"${'x'.repeat(5e6 + asked++)}"`)
    const stuck = Array.from({ length: maxClients }, (_, index) =>
      send(t, path, index === 0 ? '' : snapshotRequest).pause()
    )
    await waitFor(() => asked === maxClients - 1, 'the requests')
    t.equal(await ask(t, path), '', 'one too many')
    t.equal(asked, maxClients - 1)
    const startedAt = performance.now()
    await waitFor(async () => (await ask(t, path)).length > 5e6, 'an answer')
    t.ok(performance.now() - startedAt > 1000, 'the others had their time')
    for (const client of stuck) t.equal(client.bytesRead < 5e6, true, 'no client has read it all')
  }
)

test('the socket of a dead collector is replaced, and so is a file', { skip }, async t => {
  const place = findPlace(t)
  const dead = createServer()
  await new Promise<void>(resolve => void dead.listen(place.path, resolve))
  t.teardown(() => dead.close())
  const first = await openServer(t, place, () => '1')
  t.equal(await ask(t, place.path), '1\n')
  first.close()
  t.notOk(existsSync(place.path))
  writeFileSync(place.path, '')
  await openServer(t, place, () => '2')
  t.equal(await ask(t, place.path), '2\n')
})

test('a server that is closed leaves the socket of its successor alone', { skip }, async t => {
  const place = findPlace(t)
  const first = await openServer(t, place, () => '1')
  await openServer(t, place, () => '2')
  first.close()
  t.equal(await ask(t, place.path), '2\n')
})

test('a socket whose file was deleted is made anew', { skip }, async t => {
  const folder = `${findPlace(t).path}-folder`
  mkdirSync(folder)
  const server = await openServer(t, { path: join(folder, 's.sock'), isFile: true })
  rmSync(server.path)
  server.restore()
  await waitFor(() => existsSync(server.path), 'the file')
  t.equal(await ask(t, server.path), '{}\n')
  const { ino } = lstatSync(server.path)
  server.restore()
  t.equal(lstatSync(server.path).ino, ino, 'one that is there stays')
  rmSync(folder, { recursive: true })
  server.restore() // fails
  server.close()
  t.notOk(existsSync(server.path))
})

test('where there can be no socket that is an error', { skip }, async t => {
  const path = `${findPlace(t).path}/no-folder/x`
  await t.rejects(
    ControlServer.open({ path, isFile: true }, () => ''),
    { code: 'ENOENT' }
  )
})
