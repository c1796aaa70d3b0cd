/** Gateways and writers as programs, with the configurations of docs/scaling.md. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t as tap, test, type Test } from 'tap'
import { parseCollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { createStreamName } from '../helpers/gateway.ts'
import { loopback } from '../helpers/loopback.ts'
import { startNats } from '../helpers/nats.ts'
import { root, startProgram } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const node = await startNats(tap)

/** The collector as a program, with a configuration file. */
function startConfigured(t: Test, folder: string, config: object, args: string[] = []) {
  const path = join(folder, `config-${Math.random().toString(36).slice(2)}.json`)
  writeFileSync(path, JSON.stringify(config))
  return startProgram(t, 'collector.js', { args: [...args, '--config', path] })
}

for (const name of ['gateway', 'writer']) {
  test(`the configuration of a ${name} in docs/scaling.md is valid`, async t => {
    const config = JSON.parse(findBlock('docs/scaling.md', name).code) as object
    const { gateway, from } = parseCollectorOptions(config)
    t.equal((gateway ?? from)?.servers.length, 3)
    t.equal(gateway === undefined, name === 'writer')
  })
}

test('a gateway and a writer are programs with a configuration file, and end with all records written', async t => {
  const folder = t.testdir()
  const stream = createStreamName()
  const nats = { servers: node.url, stream }
  const bind = `tcp://${loopback}:*`
  const outputs = [{ nats: { ...nats, subject: stream, replicas: 1, maxBytes: 0 } }]
  const gateway = startConfigured(t, folder, { bind, outputs })
  const address = await waitFor(
    () => /"address":"(tcp:[^"]+)"/.exec(gateway.stderr())?.[1],
    'the gateway to listen'
  )
  await waitFor(
    () => gateway.stderr().includes(`"stream":"${stream}","msg":"writing to the stream"`),
    'the gateway to say where it writes'
  )
  const file = join(folder, 'logs', '{date}.log')
  const writer = startConfigured(t, folder, { from: { nats }, file })
  await waitFor(() => writer.stderr().includes('"reading the stream"'), 'the writer')
  const sender = await RawSender.connect(t, address)
  await sender.hello(1)
  await sender.batch(1, 2, '{"n":1}\n{"n":2}\n')
  t.equal((await waitForLines(() => readFolder(join(folder, 'logs')), 2)).length, 2)
  for (const program of [gateway, writer]) {
    program.child.kill('SIGTERM')
    t.equal((await program.exited).code, 0, program.stderr())
  }
})

test('validate says whether a server answers', async t => {
  const folder = t.testdir()
  for (const [servers, code, text] of [
    [node.url, 0, ''],
    ['nats://127.0.0.1:1', 78, 'ERR_ZMQ_PUB_ENGINE: cannot connect to NATS at nats://127.0.0.1:1']
  ] as const) {
    const config = { outputs: [{ nats: { servers } }] }
    const program = startConfigured(t, folder, config, ['validate'])
    t.equal((await program.exited).code, code, program.stderr())
    t.match(program.stderr(), text)
  }
})

test('where the client of NATS is not installed, the error says what to install', async t => {
  // Not inside of the repository, whose packages would be found.
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-engine-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const config = { from: { nats: { servers: node.url } } }
  writeFileSync(join(folder, 'c.json'), JSON.stringify(config))
  for (const name of ['collector.js', 'package.json', 'lib'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@nats-io')
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  const args = [join(folder, 'collector.js'), '--config', 'c.json']
  const program = startProgram(t, '', { args, cwd: folder })
  t.equal((await program.exited).code, 1)
  t.match(program.stderr(), 'npm install @nats-io/transport-node @nats-io/jetstream')
})
