import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'tap'
import { XSubscriber } from 'zeromq'
import { Bindings } from '../../../lib/collector/intake/bindings.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

test('another socket takes over the addresses, with the ports that the first one has found', async t => {
  const bindings = new Bindings()
  const [first, second] = [new XSubscriber(), new XSubscriber()]
  t.teardown(() => second.close())
  await bindings.bind(first, `tcp://${loopback}:*`)
  await bindings.bind(first, 'tcp://*:*')
  const addresses = [...bindings.addresses]
  t.match(addresses, [/^tcp:\/\/127.*:\d+$/, /^tcp:\/\/.*:\d+$/])
  first.close()
  await bindings.bindAgain(
    second,
    (address, why) => t.fail(`${address}: ${why}`),
    () => false
  )
  t.strictSame(bindings.addresses, addresses)
  const third = new XSubscriber()
  t.teardown(() => third.close())
  for (const address of addresses) {
    third.ipv6 = address.includes('[')
    await t.rejects(third.bind(address), { code: 'EADDRINUSE' })
  }
})

test('a port that another process has taken is told of, and bound when it is free', async t => {
  const bindings = new Bindings()
  const [first, second] = [new XSubscriber(), new XSubscriber()]
  t.teardown(() => second.close())
  await bindings.bind(first, `tcp://${loopback}:*`)
  const [address = ''] = bindings.addresses
  first.close()
  const { port, hostname } = new URL(address.replace('tcp:', 'http:'))
  const thief = createServer()
  await waitFor(async () => {
    thief.listen(Number(port), hostname)
    return once(thief, 'listening').then(
      () => true,
      () => false
    )
  }, 'the port')
  const troubles: string[] = []
  const binding = bindings.bindAgain(
    second,
    (at, why) => troubles.push(`${at}: ${why}`),
    () => false
  )
  await waitFor(() => troubles.length > 0, 'the trouble')
  t.match(troubles[0], `${address}: the port is in use`)
  thief.close()
  await binding
  t.equal(second.lastEndpoint, address)
})

test('the attempts end when they are not wanted any more', async t => {
  const bindings = new Bindings()
  const [first, second] = [new XSubscriber(), new XSubscriber()]
  t.teardown(() => first.close())
  t.teardown(() => second.close())
  await bindings.bind(first, `tcp://${loopback}:*`)
  let isEnough = false
  const binding = bindings.bindAgain(
    second,
    () => (isEnough = true),
    () => isEnough
  )
  await binding
  t.ok(isEnough)
})
