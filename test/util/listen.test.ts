import { createServer, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { listenAt } from '../../lib/util/listen.ts'
import { loopback } from '../helpers/loopback.ts'

test('a server listens at a host, and later errors end nothing', async t => {
  const server = createServer()
  t.teardown(() => server.close())
  await listenAt(server, { host: loopback, port: 0 }, true)
  t.match(server.address(), { address: loopback })
  t.doesNotThrow(() => server.emit('error', new Error('no descriptor is left')))
})

test('* is all addresses of this machine', async t => {
  const server = createServer()
  t.teardown(() => server.close())
  await listenAt(server, { host: '*', port: 0 }, false)
  t.match((server.address() as AddressInfo).address, /^(?:::|0\.0\.0\.0)$/)
})

test('an address that is taken is an error', async t => {
  const [first, second] = [createServer(), createServer()]
  t.teardown(() => first.close())
  await listenAt(first, { host: loopback, port: 0 }, true)
  const { port } = first.address() as AddressInfo
  await t.rejects(listenAt(second, { host: loopback, port }, true), { code: 'EADDRINUSE' })
})
