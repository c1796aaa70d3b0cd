/** Transports and a collector with keys: who gets in, from when on, and that nothing is lost meanwhile. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { pauses } from '../../lib/transport/connection/reachability.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { startCollector } from '../helpers/collector.ts'
import { waitFor } from '../helpers/wait.ts'

Object.assign(pauses, { firstProbeMs: 200, unreachableMs: 1000, refusedMs: 500, graceMs: 300 })

/** A folder with the keys of a collector, and of apps of which none may connect yet. */
function makeKeys(t: Test, apps: string[]) {
  const folder = t.testdir()
  const clients = join(folder, 'clients')
  mkdirSync(clients)
  const { publicPath, secretPath } = writeKeyPair(folder, 'collector', createKeyPair())
  for (const app of apps) writeKeyPair(folder, app, createKeyPair())
  return {
    folder,
    collectorOptions: { curveSecretKey: secretPath, authorizedKeys: clients },
    curveOf: (app: string) => ({
      serverKeyFile: publicPath,
      secretKeyFile: join(folder, `${app}.key_secret`)
    }),
    authorize: (app: string) =>
      copyFileSync(join(folder, `${app}.key`), join(clients, `${app}.key`))
  }
}

async function openStream(t: Test, topic: string, options: object) {
  const events: { name: string; detail: object }[] = []
  const given = { topic, closeTimeoutMs: 0, ...options }
  const stream = await TransportStream.open(parseTransportOptions(given), (name, detail) =>
    events.push({ name, detail })
  )
  t.teardown(() => new Promise<void>(resolve => void stream.once('close', resolve).end()))
  return {
    stream,
    events,
    waitForEvent: (name: keyof TransportEvents) =>
      waitFor(() => events.find(event => event.name === name)?.detail, name)
  }
}

test('who is in the list gets in, who is added to it later, too: each line is written once', async t => {
  const { collectorOptions, curveOf, authorize } = makeKeys(t, ['shop', 'late'])
  authorize('shop')
  const { address, waitForLines, collector } = await startCollector(t, collectorOptions)
  const shop = await openStream(t, 'shop', { address, curve: curveOf('shop') })
  const late = await openStream(t, 'late', { address, curve: curveOf('late') })
  for (let line = 1; line <= 10; line++) {
    shop.stream.write(`{"level":30,"msg":"shop ${line}"}\n`)
    late.stream.write(`{"level":30,"msg":"late ${line}"}\n`)
  }
  await waitForLines(10)
  t.match(await late.waitForEvent('unreachable'), { isKeyRefused: true, heldRecords: 10 })
  authorize('late')
  const lines = await waitForLines(20)
  t.equal(new Set(lines).size, 20)
  t.match(await late.waitForEvent('subscribed'), { wire: 'batch' })
  t.equal(collector.totals.records, 20)
  t.notOk(shop.events.some(({ name }) => name === 'unreachable'))
})

test('of two collectors with different keys each gets every line', async t => {
  const { folder, collectorOptions, curveOf, authorize } = makeKeys(t, ['shop', 'second'])
  authorize('shop')
  const one = await startCollector(t, collectorOptions)
  const curveSecretKey = join(folder, 'second.key_secret')
  const other = await startCollector(t, { ...collectorOptions, curveSecretKey })
  const serverKeyFile = ['collector', 'second'].map(name => join(folder, `${name}.key`))
  const { stream } = await openStream(t, 'shop', {
    address: [one.address, other.address],
    curve: { ...curveOf('shop'), serverKeyFile }
  })
  stream.write('{"level":30,"msg":"to both"}\n')
  for (const { waitForLines } of [one, other]) {
    t.strictSame(await waitForLines(1), ['{"level":30,"msg":"to both"}'])
  }
})

test('of two collectors one does not take the key: it is told, the other gets all, and once added gets the rest', async t => {
  const { folder, collectorOptions, curveOf, authorize } = makeKeys(t, ['shop', 'second'])
  const clients = join(folder, 'others')
  mkdirSync(clients)
  copyFileSync(join(folder, 'shop.key'), join(clients, 'shop.key'))
  const one = await startCollector(t, { ...collectorOptions, authorizedKeys: clients })
  const other = await startCollector(t, collectorOptions)
  const address = [one.address, other.address]
  const shop = await openStream(t, 'shop', { address, curve: curveOf('shop') })
  let written = 0
  const timer = setInterval(() => shop.stream.write(`{"level":30,"msg":"line ${++written}"}\n`), 5)
  t.teardown(() => clearInterval(timer))
  t.match(await shop.waitForEvent('unreachable'), {
    isKeyRefused: true,
    why: /^of tcp:\S+, tcp:\S+ only 1 takes records: add this app's public key \(fingerprint \w+\) to/
  })
  authorize('shop')
  await other.waitForLines(10)
  clearInterval(timer)
  const lines = await one.waitForLines(written)
  t.equal(new Set(lines).size, written, 'each line once')
  t.ok(
    lines.every((line, index) => line.endsWith(`line ${index + 1}"}`)),
    'in order'
  )
  t.equal(shop.events.filter(({ name }) => name === 'unreachable').length, 1, 'told once')
})

for (const wire of ['batch', 'plain'] as const) {
  test(`on the ${wire} wire, who is taken off the list holds its lines, and sends them when it is back on it`, async t => {
    const { folder, collectorOptions, curveOf, authorize } = makeKeys(t, ['shop'])
    authorize('shop')
    const { address, waitForLines } = await startCollector(t, collectorOptions)
    const options = { address, curve: curveOf('shop'), wire, reconnectIntervalMs: 20 }
    const { stream, events, waitForEvent } = await openStream(t, 'shop', options)
    stream.write('{"level":30,"msg":"before"}\n')
    await waitForLines(1)
    rmSync(join(folder, 'clients', 'shop.key'))
    await waitForEvent('unsubscribed') // before that, the plain wire would lose a line
    stream.write('{"level":30,"msg":"meanwhile"}\n')
    const isRefused = (event: object): boolean =>
      (event as { isKeyRefused?: boolean }).isKeyRefused === true
    await waitFor(() => events.some(({ detail }) => isRefused(detail)), 'the event')
    authorize('shop')
    t.match(await waitForLines(2), [/before/, /meanwhile/])
  })
}

test('who is taken off the list of one of two collectors goes on at the other, and comes back to the first', async t => {
  const { folder, collectorOptions, curveOf, authorize } = makeKeys(t, ['shop'])
  authorize('shop')
  const others = join(folder, 'others')
  mkdirSync(others)
  copyFileSync(join(folder, 'shop.key'), join(others, 'shop.key'))
  const one = await startCollector(t, { ...collectorOptions, authorizedKeys: others })
  const other = await startCollector(t, collectorOptions)
  const address = [one.address, other.address]
  const options = { address, curve: curveOf('shop'), stallMs: 500, reconnectIntervalMs: 20 }
  const { stream, events } = await openStream(t, 'shop', options)
  let written = 0
  const timer = setInterval(() => stream.write(`{"level":30,"msg":"line ${++written}"}\n`), 5)
  t.teardown(() => clearInterval(timer))
  await other.waitForLines(5)
  rmSync(join(folder, 'clients', 'shop.key'))
  await waitFor(() => other.entries.some(({ msg }) => msg === 'client refused'), 'a refusal')
  const before = other.read().length
  await one.waitForLines(written + 100)
  t.equal(other.read().length, before, 'nothing comes by a key that was revoked')
  await waitFor(() => events.some(({ name }) => name === 'unreachable'), 'the event')
  authorize('shop')
  await waitFor(() => other.read().length > before, 'lines at the one that takes it again')
  clearInterval(timer)
  const lines = await one.waitForLines(written)
  t.equal(new Set(lines).size, written, 'each line once')
  t.ok(
    lines.every((line, index) => line.endsWith(`line ${index + 1}"}`)),
    'in order'
  )
})
