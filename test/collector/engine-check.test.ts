import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { findEngineProblems } from '../../lib/collector/engine-check.ts'
import { findFreePort } from '../helpers/free-address.ts'
import { loopback } from '../helpers/loopback.ts'
import { waitFor } from '../helpers/wait.ts'

function toOptions(port: number, credentials = '') {
  const tls = { ca: '', cert: '', key: '' }
  return { servers: [`nats://${loopback}:${port}`], stream: 'logs', credentials, tls }
}

/** A server that greets as one of NATS does, and the number of its connections that are open. */
async function startFake(t: Test, info: object) {
  const open = new Set<object>()
  const said: string[] = []
  const server = createServer(socket => {
    open.add(socket)
    socket.on('error', () => undefined).on('close', () => open.delete(socket))
    t.teardown(() => socket.destroy())
    socket.write(`INFO ${JSON.stringify(info)}\r\n`)
    socket.setEncoding('utf8').on('data', (text: string) => {
      said.push(text)
      if (text.includes('PING')) socket.write('PONG\r\n')
    })
  })
  server.listen(0, loopback)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, open, said }
}

test('a server that answers is no problem, and the connection to it is named and ended', async t => {
  const info = {
    server_id: 'x',
    version: '2.10.0',
    proto: 1,
    max_payload: 1024 * 1024,
    headers: true
  }
  const { port, open, said } = await startFake(t, info)
  t.strictSame(await findEngineProblems(toOptions(port)), [])
  t.match(said.join(''), '"name":"zmq-pub validate"')
  await waitFor(() => open.size === 0, 'the end of the connection')
})

test('a server that is not there is a problem, with its code, its address, and what to do', async t => {
  const port = await findFreePort(loopback)
  const [problem, ...others] = await findEngineProblems(toOptions(port))
  t.match(problem, new RegExp(`^ERR_ZMQ_PUB_ENGINE: cannot connect to NATS at nats://.*:${port}: `))
  t.match(problem, /; start nats-server with JetStream \(nats-server -js\), or change servers$/)
  t.strictSame(others, [])
})

test('a file of credentials that is missing is a problem', async t => {
  const path = join(t.testdir(), 'missing.creds')
  const [problem] = await findEngineProblems(toOptions(1, path))
  t.match(problem, `ERR_ZMQ_PUB_ENGINE: cannot read the file of nats.credentials, ${path}: ENOENT`)
})
