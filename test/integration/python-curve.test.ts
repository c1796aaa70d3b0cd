/** pyzmq's keys and sockets against ours. */
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { AuthorizedKeys } from '../../lib/collector/access/authorized-keys.ts'
import { readCertificate, writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { readFolder } from '../helpers/collector.ts'
import { startCurveServer } from '../helpers/curve.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { skip, startPython, waitForOutput } from '../helpers/python.ts'
import { waitFor } from '../helpers/wait.ts'

test(
  "pyzmq's PUBHandler gets through with keys of zmq.auth, once its key is authorized",
  { skip },
  async t => {
    const folder = t.testdir()
    const clients = join(folder, 'clients')
    mkdirSync(clients)
    const { keys: authorized } = AuthorizedKeys.read(clients)
    const { address, keys, handler, messages } = await startCurveServer(t, key =>
      authorized.nameOf(key)
    )
    const { publicPath } = writeKeyPair(folder, 'server', keys)
    const program = startPython(t, 'curve-publisher.py', [address, publicPath, clients])
    await waitForOutput(program, 1)
    t.strictSame([...authorized.reread().added.values()], ['client'])
    program.child.stdin?.write('\n')
    await waitFor(() => messages.some(text => text.includes('ready')), 'its first message')
    program.child.stdin?.write('\n')
    await waitFor(() => messages.some(text => text.includes('over CURVE')), 'its warning')
    t.strictSame(handler.counts, { allowed: 1, refused: 0 })
    t.match(messages.at(-1), /^app\.WARNING .*over CURVE\n$/)
  }
)

/** What czmq's zcert_save_public writes. */
function formatAsCzmq(publicKey: string): string {
  return `#   ****  Generated on 2026-11-25 12:00:00 by CZMQ  ****
#   ZeroMQ CURVE Public Certificate
#   Exchange securely, or use a secure mechanism to verify the contents
#   of this file after exchange. Store public certificates in your home
#   directory, in the .curve subdirectory.

metadata
    email = "ph@example.com"
    name = "from-czmq"
curve
    public-key = "${publicKey}"
`
}

test(
  'node collector.js lets in whose key is in its folder, until the file is deleted, and nobody else',
  { skip },
  async t => {
    const folder = t.testdir({ clients: {}, keys: {} })
    const inKeys = (name: string): string => join(folder, 'keys', name)
    const inClients = (name: string): string => join(folder, 'clients', name)
    for (const name of ['collector', 'shop', 'stranger']) {
      const made = startProgram(t, 'collector.js', {
        args: ['keygen', name, '--dir', join(folder, 'keys')]
      })
      t.equal((await made.exited).code, 0)
      t.match(made.stdout(), `${inKeys(name)}.key_secret`)
      const { secretKey } = readCertificate(inKeys(`${name}.key_secret`)).value
      t.notMatch(made.stdout() + made.stderr(), secretKey?.reveal())
      t.equal(statSync(inKeys(`${name}.key_secret`)).mode & 0o777, 0o600)
    }
    const czmq = createKeyPair()
    writeKeyPair(join(folder, 'keys'), 'czmq', czmq)
    writeFileSync(inClients('czmq.key'), formatAsCzmq(czmq.publicKey))
    copyFileSync(inKeys('shop.key'), inClients('shop.key'))
    const collector = await startCollectorProgram(t, [
      '--bind=tcp://127.0.0.1:*',
      `--file=${join(folder, 'logs', '{date}.log')}`,
      `--curve-secret-key=${inKeys('collector.key_secret')}`,
      `--authorized-keys=${join(folder, 'clients')}`
    ])
    t.match(collector.entries().at(-1), { msg: 'listening', mode: 'secure' })
    const start = (topic: string, ...files: string[]): ReturnType<typeof startPython> =>
      startPython(t, 'curve-client.py', [collector.address, topic, ...files])
    const server = inKeys('collector.key')
    const shop = start('shop', server, inKeys('shop.key_secret'))
    const fromCzmq = start('czmq', server, inKeys('czmq.key_secret'))
    const others = [
      start('stranger', server, inKeys('stranger.key_secret')),
      start('random', server),
      start('wrong', inKeys('stranger.key'), inKeys('shop.key_secret')),
      start('plain')
    ]
    const count = (topic: string): number =>
      readFolder(join(folder, 'logs')).split(`"name":"${topic}"`).length - 1
    await waitFor(() => count('shop') > 10 && count('czmq') > 10, 'lines of those in the folder')
    for (const other of others) t.equal((await waitForOutput(other, 1))[0], 'out')
    t.match(await collector.waitForEntry('client refused'), {
      fingerprint: /^[\da-f]{16}$/,
      address: '127.0.0.1',
      reason: 'key not authorized'
    })

    rmSync(inClients('shop.key'))
    // in, cut off, and refused when it comes again
    t.strictSame((await waitForOutput(shop, 3)).slice(0, 3), ['in', 'out', 'out'])
    const atRevocation = count('shop')
    const before = count('czmq')
    await waitFor(() => count('czmq') > before + 10, 'more lines of the other one')
    t.equal(count('shop'), atRevocation)
    for (const topic of ['stranger', 'random', 'wrong', 'plain']) t.equal(count(topic), 0)
    t.match(await collector.waitForEntry('authorized keys have changed'), { removed: ['shop'] })
    t.ok(fromCzmq.stdout().startsWith('in\nout\nin\n'), 'the other one came again by itself')

    t.equal(await collector.stop(), 0)
    const { totals } = await collector.waitForEntry('totals')
    t.ok((totals as { refusedClients: number }).refusedClients >= 3)
    t.notOk(existsSync(inClients('shop.key')))
  }
)
