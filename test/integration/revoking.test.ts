/** Keys that are taken off a collector's list while their apps log, and put back. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { pauses } from '../../lib/transport/connection/reachability.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { startCollector, type TestCollector } from '../helpers/collector.ts'
import { loopback } from '../helpers/loopback.ts'
import { waitFor } from '../helpers/wait.ts'

Object.assign(pauses, { firstProbeMs: 200, unreachableMs: 1000, refusedMs: 300, graceMs: 300 })

/** An app that logs numbered lines, some every 5 ms, until it is told to stop. */
interface LoggingApp {
  name: string
  events: { name: string; detail: object }[]
  /** @returns how many lines it has logged */
  stop(): Promise<number>
}

async function startApp(t: Test, name: string, options: object): Promise<LoggingApp> {
  const events: { name: string; detail: object }[] = []
  const given = { topic: name, closeTimeoutMs: 0, ...options }
  const stream = await TransportStream.open(parseTransportOptions(given), (event, detail) =>
    events.push({ name: event, detail })
  )
  t.teardown(() => new Promise<void>(resolve => void stream.once('close', resolve).end()))
  const stopping = new AbortController()
  t.teardown(() => stopping.abort())
  const logging = (async () => {
    let line = 0
    while (!stopping.signal.aborted) {
      stream.write(`{"level":30,"name":"${name}","line":${++line}}\n`)
      if (line % 10 === 0) await new Promise(resolve => setTimeout(resolve, 5))
    }
    return line
  })()
  const stop = (): Promise<number> => {
    stopping.abort()
    return logging
  }
  return { name, events, stop }
}

/** The numbers of an app's lines in the log, in their order there. */
function numbersOf({ read }: TestCollector, name: string): number[] {
  const lines = read().matchAll(new RegExp(`"name":"${name}","line":(\\d+)}`, 'g'))
  return [...lines].map(([, line]) => Number(line))
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

test('of three apps one is revoked: its lines end, those of the others are complete and once', async t => {
  const folder = t.testdir()
  const clients = join(folder, 'clients')
  mkdirSync(clients)
  const own = writeKeyPair(folder, 'collector', createKeyPair())
  for (const name of ['shop', 'billing']) {
    const { publicPath } = writeKeyPair(folder, name, createKeyPair())
    copyFileSync(publicPath, join(clients, `${name}.key`))
  }
  const running = await startCollector(t, {
    curveSecretKey: own.secretPath,
    authorizedKeys: clients,
    bindPlain: `tcp://${loopback}:*`
  })
  const { collector, entries } = running
  const [secure = '', plain = ''] = collector.addresses
  const curveOf = (name: string): object => ({
    serverKeyFile: own.publicPath,
    secretKeyFile: join(folder, `${name}.key_secret`)
  })
  const shop = await startApp(t, 'shop', { address: secure, curve: curveOf('shop') })
  const billing = await startApp(t, 'billing', { address: secure, curve: curveOf('billing') })
  const local = await startApp(t, 'local', { address: plain })
  for (const { name } of [shop, billing, local])
    await waitFor(() => numbersOf(running, name).length > 100, `lines of ${name}`)

  rmSync(join(clients, 'shop.key'))
  await waitFor(() => shop.events.some(({ name }) => name === 'unreachable'), 'the refusal')
  const atRevocation = numbersOf(running, 'shop').length
  const before = numbersOf(running, 'billing').length
  await waitFor(() => numbersOf(running, 'billing').length > before + 500, 'lines after the cut')
  const all = { shop: await shop.stop(), billing: await billing.stop(), local: await local.stop() }
  for (const name of ['billing', 'local'] as const) {
    await waitFor(() => numbersOf(running, name).length >= all[name], `all lines of ${name}`)
    t.strictSame(numbersOf(running, name), upTo(all[name]))
  }
  t.strictSame(numbersOf(running, 'shop'), upTo(atRevocation), 'none has come since')
  t.ok(atRevocation < all.shop)
  t.notOk(local.events.some(({ name }) => name === 'unreachable'))
  t.match(
    entries.find(({ msg }) => msg === 'authorized keys have changed'),
    { added: [], removed: ['shop'] }
  )
  t.match(
    entries.find(({ msg }) => msg === 'client refused'),
    { fingerprint: /^\w{16}$/, address: /^127\./, reason: 'key not authorized' }
  )
  t.ok(collector.totals.refusedClients > 0)

  copyFileSync(join(folder, 'shop.key'), join(clients, 'shop.key'))
  await waitFor(() => numbersOf(running, 'shop').length >= all.shop, 'all lines of shop')
  t.strictSame(numbersOf(running, 'shop'), upTo(all.shop))
  t.strictSame(numbersOf(running, 'billing'), upTo(all.billing))
  t.equal(collector.totals.missingRecords, 0)
})
