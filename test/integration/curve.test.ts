/** Programs with keys: pipe mode, an app with pino's worker, and pyzmq as the server. */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startCurveServer, type CurveServer } from '../helpers/curve.ts'
import { startProgram } from '../helpers/program.ts'
import { skip, startPython, waitForOutput } from '../helpers/python.ts'
import { waitFor } from '../helpers/wait.ts'

const app = createKeyPair()

/** The files of an app and of a server. */
function writeFiles(t: Test, { keys }: CurveServer): { serverFile: string; secretFile: string } {
  const folder = t.testdir()
  const { publicPath: serverFile } = writeKeyPair(folder, 'server', keys)
  const { secretPath: secretFile } = writeKeyPair(folder, 'app', app)
  return { serverFile, secretFile }
}

test('zmq-pub sends its lines encrypted, with keys of flags and variables', async t => {
  const server = await startCurveServer(t, key => (key === app.publicKey ? 'app' : undefined))
  const { serverFile, secretFile } = writeFiles(t, server)
  for (const { args, env } of [
    {
      args: ['--curve-server-key-file', serverFile, '--curve-secret-key-file', secretFile],
      env: {}
    },
    {
      args: [`--curve-server-key=${server.keys.publicKey}`],
      env: {
        ZMQ_PUB_CURVE_PUBLIC_KEY: app.publicKey,
        ZMQ_PUB_CURVE_SECRET_KEY: app.secretKey.reveal()
      }
    }
  ]) {
    const pipe = startProgram(t, 'lib/cli/pipe.js', {
      args: ['--address', server.address, '--topic', 'shop', ...args],
      env
    })
    const before = server.messages.length
    pipe.child.stdin?.end('{"level":30,"msg":"paid"}\n')
    t.equal((await pipe.exited).code, 0)
    await waitFor(() => server.messages.length > before, 'the line')
    t.equal(server.messages.at(-1), 'shop.INFO {"level":30,"msg":"paid"}\n')
    t.match(pipe.stderr(), /^\{"name":"zmq-pub","event":"subscribed",.*\}\n$/)
  }
})

test('zmq-pub whose key is not taken says so at its end, and exits with 1', async t => {
  const server = await startCurveServer(t, () => undefined)
  const { serverFile, secretFile } = writeFiles(t, server)
  chmodSync(secretFile, 0o644)
  const pipe = startProgram(t, 'lib/cli/pipe.js', {
    args: ['--address', server.address, '--close-timeout-ms', '3000'].concat(
      ['--curve-server-key-file', serverFile],
      ['--curve-secret-key-file', secretFile]
    )
  })
  pipe.child.stdin?.end('{"level":30,"msg":"paid"}\n')
  t.equal((await pipe.exited).code, 1)
  const events = pipe
    .stderr()
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as object)
  t.match(events, [
    {
      event: 'keyTrouble',
      message: /app\.key_secret has a secret key and other users .* chmod 600/
    },
    { event: 'undelivered', records: 1, why: /doesn't accept this app's key \(fingerprint/ }
  ])
  t.notMatch(pipe.stderr(), app.secretKey.reveal())
})

for (const isOwnThread of [false, true]) {
  test(`an app that listens to no event reads on stderr that its key is not taken${isOwnThread ? ', without a worker' : ''}`, async t => {
    const server = await startCurveServer(t, () => undefined)
    const { serverFile, secretFile } = writeFiles(t, server)
    chmodSync(secretFile, 0o640)
    const env = {
      ADDRESS: server.address,
      SERVER_KEY_FILE: serverFile,
      SECRET_KEY_FILE: secretFile,
      ...(isOwnThread && { OWN_THREAD: '1' })
    }
    const program = startProgram(t, 'test/fixtures/curve-app.js', { env })
    const lines = await waitFor(() => {
      const found = program.stderr().split('\n').slice(0, -1)
      return found.length >= 2 && found
    }, 'two lines')
    t.match(lines, [
      /^zmq-pub: .*app\.key_secret has a secret key and other users may read or write it/,
      /^zmq-pub(?: \(\w+\))?: tcp:.* answers, but doesn't accept this app's key \(fingerprint \w{16}\): add/
    ])
    program.child.stdin?.end()
    t.equal((await program.exited).code, 0)
    t.match(program.stderr().split('\n')[2], /add its .*; records: 1 undelivered and lost$/)
    t.notMatch(program.stderr(), app.secretKey.reveal())
  })
}

test(
  "pyzmq with its authenticator takes a transport's lines, with its own certificates",
  { skip },
  async t => {
    const folder = join(t.testdir(), 'keys')
    mkdirSync(folder)
    const subscriber = startPython(t, 'curve-subscriber.py', [folder, '1'])
    const [port = ''] = await waitForOutput(subscriber, 1)
    const address = `tcp://127.0.0.1:${port}`
    const args = ['--address', address, '--topic', 'shop'].concat(
      ['--curve-server-key-file', join(folder, 'server.key')],
      ['--curve-secret-key-file', join(folder, 'client.key_secret')]
    )
    const pipe = startProgram(t, 'lib/cli/pipe.js', { args })
    pipe.child.stdin?.end('{"level":40,"msg":"over CURVE"}\n')
    const [, line = ''] = await waitForOutput(subscriber, 2)
    t.strictSame(JSON.parse(line), ['shop.WARNING', '{"level":40,"msg":"over CURVE"}\n'])
    t.equal((await pipe.exited).code, 0)
  }
)
