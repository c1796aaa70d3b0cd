import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import {
  Access,
  findAccessProblems,
  type AccessPaths
} from '../../../lib/collector/access/access.ts'
import { writeKeyPair } from '../../../lib/curve/certificate-file.ts'
import { createKeyPair, toFingerprint, type KeyPair } from '../../../lib/curve/keys.ts'
import { connectCurve } from '../../helpers/curve.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

/** What happened to the list, as texts. */
interface Watched {
  changed: string[]
  revoked: string[]
}

/** A collector's keys, and a folder with those of its clients. */
async function openAccess(t: Test, names: string[], options: Partial<AccessPaths> = {}) {
  const folder = t.testdir({ clients: {}, own: {} })
  const clients = join(folder, 'clients')
  const pairs = names.map((name): KeyPair => {
    const pair = createKeyPair()
    writeKeyPair(join(folder, 'own'), name, pair)
    renameSync(join(folder, 'own', `${name}.key`), join(clients, `${name}.key`))
    return pair
  })
  const server = createKeyPair()
  const curveSecretKey = writeKeyPair(folder, 'collector', server).secretPath
  const access = await Access.open(
    { curveSecretKey, authorizedKeys: clients, allowAnyClient: false, ...options },
    { onRefused: () => undefined, onMoreRefused: () => undefined }
  )
  t.teardown(() => access.close())
  const watched: Watched = { changed: [], revoked: [] }
  access.watch({
    onChanged: ({ added, removed, warnings }) =>
      watched.changed.push([...added.values(), '-', ...removed.values(), ...warnings].join(' ')),
    onRevoked: (revoked, mayBeConnected) =>
      watched.revoked.push(`${[...revoked.values()].join(' ')} ${mayBeConnected}`)
  })
  return { access, clients, pairs, server, watched }
}

test('a client has the name of its key while that is in the list', async t => {
  const { access, pairs, server } = await openAccess(t, ['shop'])
  t.equal(access.nameOf(pairs[0]?.publicKey ?? ''), 'shop')
  t.equal(access.nameOf(createKeyPair().publicKey), undefined)
  t.equal(access.serverKeyPair.publicKey, server.publicKey)
  t.strictSame(access.warnings, [])
})

test('without a list nobody may connect, and with any client its name is its fingerprint', async t => {
  const { publicKey } = createKeyPair()
  const { access } = await openAccess(t, ['shop'], { authorizedKeys: '' })
  t.equal(access.nameOf(publicKey), undefined)
  const open = await openAccess(t, [], { authorizedKeys: '', allowAnyClient: true })
  t.equal(open.access.nameOf(publicKey), toFingerprint(publicKey))
})

test('a key whose file is deleted is revoked, and there is nothing to cut where it never came', async t => {
  const { access, clients, pairs, watched } = await openAccess(t, ['shop', 'billing'])
  rmSync(join(clients, 'shop.key'))
  access.reread()
  t.equal(access.nameOf(pairs[0]?.publicKey ?? ''), undefined)
  t.equal(access.nameOf(pairs[1]?.publicKey ?? ''), 'billing')
  t.strictSame(watched, { changed: ['- shop'], revoked: ['shop false'] })
  access.reread()
  t.equal(watched.changed.length, 1, 'nothing has changed since')
})

test('a key that has connected is to be cut when it is revoked, once', async t => {
  const { access, clients, pairs, server, watched } = await openAccess(t, ['shop'])
  const [pair] = pairs
  if (!pair) throw new Error('no pair')
  const socket = new XSubscriber({ context: access.context })
  t.teardown(() => socket.close())
  access.secure(socket)
  await socket.bind(`tcp://${loopback}:*`)
  await socket.send(Buffer.of(1))
  void socket.receive().catch(() => undefined)
  const address = String(socket.lastEndpoint)
  const client = connectCurve(t, { address, serverKey: server.publicKey }, pair)
  await waitFor(() => client.entries > 0, 'the connection')
  rmSync(join(clients, 'shop.key'))
  await waitFor(() => watched.revoked.length > 0, 'the change to be noticed')
  t.strictSame(watched.revoked, ['shop true'])
  writeKeyPair(join(clients, 'again'), 'shop', pair)
  renameSync(join(clients, 'again', 'shop.key'), join(clients, 'shop.key'))
  access.reread()
  rmSync(join(clients, 'shop.key'))
  access.reread()
  t.strictSame(watched.revoked, ['shop true', 'shop false'])
})

test('a key that gets another name is revoked under the old one', async t => {
  const { access, clients, pairs, watched } = await openAccess(t, ['shop'])
  const key = pairs[0]?.publicKey ?? ''
  writeFileSync(
    join(clients, 'shop.key'),
    `metadata\n  name = "store"\ncurve\n  public-key = "${key}"\n`
  )
  access.reread()
  t.strictSame(watched, { changed: ['store - shop'], revoked: ['shop false'] })
  t.equal(access.nameOf(key), 'store')
})

test('a list that can not be read any more authorizes nobody, and says so', async t => {
  const { access, clients, pairs, watched } = await openAccess(t, ['shop'])
  rmSync(clients, { recursive: true })
  access.reread()
  t.equal(access.nameOf(pairs[0]?.publicKey ?? ''), undefined)
  t.match(watched.changed, [/shop.*cannot read.*no client can connect/])
  t.strictSame(watched.revoked, ['shop false'])
})

test('files that can not be read keep a collector from starting, all of them said', async t => {
  const folder = t.testdir({ clients: {}, 'bad.key_secret': 'nothing' })
  const own = join(folder, 'none.key_secret')
  const paths = { curveSecretKey: own, authorizedKeys: join(folder, 'no'), allowAnyClient: false }
  await t.rejects(
    Access.open(paths, { onRefused: () => undefined, onMoreRefused: () => undefined }),
    { code: 'ERR_ZMQ_PUB_KEY' }
  )
  t.match(findAccessProblems(paths), [
    /none\.key_secret \(--curve-secret-key\): ENOENT/,
    /authorized keys in .*no \(--authorized-keys\): ENOENT/
  ])
  const bad = { ...paths, curveSecretKey: join(folder, 'bad.key_secret'), authorizedKeys: '' }
  t.match(findAccessProblems(bad), [/must be a certificate/])
  mkdirSync(join(folder, 'no'))
  const { secretPath } = writeKeyPair(folder, 'own', createKeyPair())
  t.strictSame(findAccessProblems({ ...paths, curveSecretKey: secretPath }), [])
  t.strictSame(findAccessProblems({ ...paths, curveSecretKey: '', authorizedKeys: '' }), [])
})
