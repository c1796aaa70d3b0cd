/**
 * Clients with CURVE come and go for minutes, with authorized keys, with others, and with none: the collector's memory,
 * descriptors and journal stay flat, and beside them an app's lines all arrive.
 *   SOAK_S: how long. Unit: s
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { XPublisher } from 'zeromq'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { encodeBye } from '../../lib/wire/hello.ts'
import { readFolder } from '../helpers/collector.ts'
import { readKnob } from '../helpers/knobs.ts'
import { countDescriptors, noProc, readMiB } from '../helpers/memory.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { RawSender, type RawKeys } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const seconds = readKnob('SOAK_S', 300)
/** Clients that are there at a time; each comes, does what it does, and is followed by the next. */
const clientsAtOnce = 16
const knownKeys = 20
/** What may be more at the end than when as many clients had come and gone for a quarter of the time. */
const maxGrowthMiB = 32
const maxJournalBytes = 4 * 1024 * 1024
/** Those that come right then. */
const maxMoreDescriptors = 4 * clientsAtOnce

interface Counts {
  authorized: number
  refused: number
  broken: number
}

test(
  `CURVE clients that come and go for ${seconds} s leave the collector as it was, and an app's lines all arrive`,
  { skip: noProc, timeout: (seconds + 120) * 1000 },
  async t => {
    const folder = t.testdir({ keys: {} })
    const [own, clients] = [join(folder, 'own'), join(folder, 'clients.txt')]
    mkdirSync(own)
    const server = createKeyPair()
    const { secretPath, publicPath } = writeKeyPair(own, 'collector', server)
    const app = createKeyPair()
    const appFile = writeKeyPair(own, 'app', app).secretPath
    const known = Array.from({ length: knownKeys }, createKeyPair)
    const list = [...known, app].map(({ publicKey }, index) => `client-${index} ${publicKey}\n`)
    writeFileSync(clients, list.join(''))
    const logs = join(folder, 'logs')
    const { address, child, stop, stderr } = await startCollectorProgram(
      t,
      ['--file', join(logs, '{date}.log')].concat(
        ['--curve-secret-key', secretPath],
        ['--authorized-keys', clients]
      )
    )
    const target = { address, serverKey: server.publicKey }

    const pipe = startProgram(t, 'lib/cli/pipe.js', {
      args: ['--address', address, '--topic', 'app', '--curve-server-key-file', publicPath].concat(
        ['--curve-secret-key-file', appFile],
        ['--close-timeout-ms', '9000']
      )
    })
    let appLines = 0
    const logging = setInterval(
      () => pipe.child.stdin?.write(`{"level":30,"from":"app","line":${++appLines}}\n`),
      5
    )
    t.teardown(() => clearInterval(logging))

    const counts: Counts = { authorized: 0, refused: 0, broken: 0 }
    const idle = countDescriptors(child.pid)
    const startedAt = performance.now()
    const isOver = (): boolean => performance.now() - startedAt > seconds * 1000
    const loops = Array.from({ length: clientsAtOnce }, async (_, loop) => {
      for (let turn = loop; !isOver(); turn++) {
        const keyPair = known[turn % knownKeys] ?? createKeyPair()
        if (turn % 8 === 7) await beBroken(address, counts)
        else if (turn % 4 === 3) await beRefused(target, counts)
        else await beAuthorized(t, { address, keys: { ...target, keyPair } }, counts)
      }
    })
    await sleep(seconds * 250)
    const before = { mib: readMiB(child.pid), descriptors: countDescriptors(child.pid) }
    await Promise.all(loops)
    const mib = readMiB(child.pid)
    const descriptors = countDescriptors(child.pid)
    t.comment({ counts, before, mib, descriptors, idle })

    clearInterval(logging)
    pipe.child.stdin?.end()
    t.equal((await pipe.exited).code, 0, pipe.stderr())
    const lines = (from: string): string[] =>
      readFolder(logs)
        .split('\n')
        .filter(line => line.includes(`"from":"${from}"`))
    await waitFor(() => lines('client').length >= counts.authorized, "the clients' lines")
    const numbers = lines('app').map(line => (JSON.parse(line) as { line: number }).line)
    t.strictSame(
      numbers,
      Array.from({ length: appLines }, (_, index) => index + 1),
      'once each, in order'
    )
    t.equal(lines('client').length, counts.authorized, 'those of the clients, too')
    t.ok(counts.authorized > seconds && counts.refused > 0 && counts.broken > 0)
    t.ok(mib - before.mib < maxGrowthMiB, `${mib} MiB after ${before.mib}`)
    t.ok(descriptors - before.descriptors < maxMoreDescriptors, `${descriptors} descriptors`)
    await waitFor(() => countDescriptors(child.pid) <= idle, `${idle} descriptors, as before`)
    t.ok(journalBytes(logs) < maxJournalBytes, `${journalBytes(logs)} bytes of journal`)
    t.ok(stderr().length < 5 * 1024 * 1024 + 500 * counts.authorized, 'its own log')
    t.equal(await stop(), 0)
  }
)

/** Says hello, sends a line, and leaves for good. */
async function beAuthorized(
  t: Test,
  { address, keys }: { address: string; keys: RawKeys },
  counts: Counts
): Promise<void> {
  const sender = await RawSender.connect(t, address, keys)
  await sender.hello(1)
  await sender.batch(1, 1, '{"level":30,"from":"client"}\n')
  await sender.bye(2, encodeBye(true))
  sender.leave()
  counts.authorized++
}

/** Comes with a key that isn't in the list. */
async function beRefused(
  { address, serverKey }: { address: string; serverKey: string },
  counts: Counts
): Promise<void> {
  const { publicKey, secretKey } = createKeyPair()
  const socket = new XPublisher()
  socket.linger = 0
  socket.curveServerKey = serverKey
  socket.curvePublicKey = publicKey
  socket.curveSecretKey = secretKey.reveal()
  const { events } = socket
  socket.connect(address)
  for await (const { type } of events) if (type === 'handshake:error:auth') break
  socket.close()
  counts.refused++
}

/** Connects, sends some bytes that are no greeting, and is gone. */
async function beBroken(address: string, counts: Counts): Promise<void> {
  const { hostname, port } = new URL(address.replace('tcp:', 'http:'))
  await new Promise<void>(resolve => {
    const socket = connect(Number(port), hostname, () => socket.destroySoon())
    socket.on('error', () => undefined).on('close', () => resolve())
    socket.write(Buffer.alloc(counts.broken % 64, 0xff))
  })
  counts.broken++
}

function journalBytes(logs: string): number {
  const journal = readdirSync(logs).find(name => name.endsWith('.journal')) ?? ''
  return statSync(join(logs, journal)).size
}
