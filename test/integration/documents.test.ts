/** The code blocks of README and docs, run as a reader would, with the packed package. Other hosts are this machine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t, test, type Test } from 'tap'
import { findBlock } from '../helpers/code-blocks.ts'
import { readFolder } from '../helpers/collector.ts'
import { localize, startShell, type DocumentSite } from '../helpers/document-shell.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { installWith, startInstalledCollector, userEnv } from '../helpers/installed.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import { python } from '../helpers/python-command.ts'
import { skip as skipPython } from '../helpers/python.ts'
import { waitFor } from '../helpers/wait.ts'

const { folder, missing } = installWith(t, ['pino@10'])
const skip = process.platform === 'win32' ? 'the shell blocks are for a POSIX shell' : missing

/** A folder of its own inside of the installation, in which the package is found. */
function makeSite(name: string, address: string): DocumentSite {
  const site = join(folder, name)
  mkdirSync(site)
  return { folder: site, bin: join(folder, 'node_modules', '.bin'), address }
}

/** Starts JavaScript or Python of a document, as a file in the site's folder. */
function startCode(t: Test, code: string, site: DocumentSite, name = 'app.mjs'): Program {
  const file = `${code.length}-${name}`
  writeFileSync(join(site.folder, file), localize(code, site))
  const command = name.endsWith('.py') && python !== undefined ? python : process.execPath
  return startProgram(t, '', { command, args: [file], cwd: site.folder, env: userEnv })
}

/** Runs it to its end, which must be a good one. */
async function runCode(t: Test, code: string, site: DocumentSite, name?: string): Promise<Program> {
  const program = startCode(t, code, site, name)
  t.equal((await program.exited).code, 0, program.stderr())
  return program
}

/** Starts a shell block that ends with a collector, and waits until it listens. */
async function startCollectorBlock(t: Test, code: string, site: DocumentSite): Promise<Program> {
  const collector = startShell(t, code, site, { ZMQ_PUB_COLLECTOR_BIND: site.address })
  await waitFor(() => {
    if (collector.child.exitCode !== null) throw new Error(collector.stderr())
    return collector.stderr().includes('"msg":"listening"')
  }, 'a collector that listens')
  return collector
}

function waitForLine(site: DocumentSite, part: string): Promise<string> {
  const read = (): string[] => readFolder(join(site.folder, 'logs')).split('\n')
  return waitFor(() => read().find(line => line.includes(part)), `'${part}' in the log`)
}

/** Without what differs from run to run, and from host to host. */
function mask(text: string): string {
  return text
    .replaceAll(/"hostname":"[^"]*"/g, '"hostname":""')
    .replaceAll(/tcp:\/\/(?:[\w.]+|\*):\d+/g, 'ADDRESS')
    .replaceAll(/fingerprint [0-9a-f]{16}/g, 'FINGERPRINT')
    .replaceAll(/\d[\d,]*/g, 'N')
}

test('README: keys, a collector and an app, from host to host', { skip }, async t => {
  const site = makeSite('readme', await findFreeAddress())
  const install = startShell(t, findBlock('README.md', 'install').code, site)
  t.equal((await install.exited).code, 0, install.stderr())
  const collector = await startCollectorBlock(t, findBlock('README.md', 'keys').code, site)

  const app = findBlock('README.md', 'app').code
  await runCode(t, app, site)
  const line = await waitForLine(site, '"paid"')
  t.equal(mask(`${line}\n`), mask(findBlock('README.md', 'record').code))

  const commonJs = app.replace("import { pino } from 'pino'", "const pino = require('pino')")
  await runCode(t, commonJs.replace('17', '18'), site, 'app.cjs')
  await waitForLine(site, '"order":18')

  await t.test('and from Python', { skip: skipPython }, async t => {
    const keygen = 'zmq-pub-collector keygen billing && cp billing.key clients'
    await startShell(t, keygen, site).exited
    await waitFor(() => collector.stderr().includes('"billing"'), 'the new key in the list')
    // PUB drops what it is given before it is connected: the last line again until one has arrived.
    const code = `${findBlock('README.md', 'python-app').code}
import time
while True:
    logging.warning("db.query::slow")
    time.sleep(0.1)
`
    const program = startCode(t, code, site, 'app.py')
    const ended = program.exited.then(() => Promise.reject(new Error(program.stderr())))
    ended.catch(() => undefined) // it is killed at the end of the test
    t.ok(await Promise.race([waitForLine(site, 'slow'), ended]))
  })
})

test(
  'README: a Python subscriber takes the records of an app',
  { skip: skip || skipPython },
  async t => {
    const site = makeSite('subscriber', await findFreeAddress())
    const code = `import zmq\n${findBlock('README.md', 'python-subscriber').code}    print(topic, text, flush=True)\n`
    const subscriber = startCode(t, code, site, 'app.py')
    const app = `
    import { pino } from 'pino'
    const options = { address: '${site.address}' }
    pino({ name: 'shop' }, pino.transport({ target: 'zmq-pub', options })).info('paid')`
    await runCode(t, app, site)
    await waitFor(() => subscriber.stdout().includes("b'shop.INFO'"), 'the topic that README says')
    t.match(subscriber.stdout(), '"msg":"paid"')
  }
)

test('docs/options.md: encryption, from its shell block to its app', { skip }, async t => {
  const site = makeSite('encryption', await findFreeAddress())
  await startCollectorBlock(t, findBlock('docs/options.md', 'keys').code, site)
  const transport = findBlock('docs/options.md', 'curve').code
  const code = `
    import { pino } from 'pino'
    process.chdir(process.argv[2] ?? '.')
    const transport = ${transport}
    pino({ name: 'shop' }, transport).info('encrypted')`
  await startShell(t, 'cp collector.key shop-keys', site).exited
  await runCode(t, code.replace('process.argv[2]', "'shop-keys'"), site)
  t.ok(await waitForLine(site, 'encrypted'))

  // An app whose key the collector doesn't have.
  const stranger = `zmq-pub-collector keygen shop --dir stranger; cp collector.key stranger`
  await startShell(t, stranger, site).exited
  const alive = '\nsetInterval(() => undefined, 1000)'
  const refused = startCode(t, code.replace('process.argv[2]', "'stranger'") + alive, site)
  const line = await waitFor(
    () => /^zmq-pub.*FINGERPRINT.*\n/m.exec(mask(refused.stderr()))?.[0],
    'a line on stderr about the key'
  )
  t.equal(line, mask(findBlock('docs/options.md', 'refused-key').code))
})

test('docs/options.md: what an app without a collector says', { skip }, async t => {
  const site = makeSite('alone', await findFreeAddress())
  const watching = `
    import { pino } from 'pino'
    ${findBlock('docs/options.md', 'events').code}
    const logger = pino({ name: 'shop' }, transport)
    ${findBlock('docs/options.md', 'on-event').code}
    logger.info('to nobody')
    logger.info('to nobody')
    const alive = setInterval(() => undefined, 1000)
    transport.on('unreachable', () => clearInterval(alive))`
  const ending = `
    import { pino } from 'pino'
    const options = { address: '${site.address}', closeTimeoutMs: 100 }
    const logger = pino({ name: 'shop' }, pino.transport({ target: 'zmq-pub', options }))
    for (let record = 1; record <= 3; record++) logger.info('to nobody')`
  const programs = await Promise.all([runCode(t, watching, site), runCode(t, ending, site)])
  const [events = [], ends = []] = programs.map(({ stderr }) => mask(stderr()).split('\n'))
  // Only for an address of another host, as in the document, the advice has flags for keys.
  const { code } = findBlock('docs/options.md', 'stderr-lines')
  const lines = mask(code.replace(/, with --curve-secret-key .* trust(?=\))/, '')).split('\n')
  const [unreachable = '', , , undelivered = ''] = lines
  t.ok(events.includes('no collector for N ms'), events.join('\n'))
  t.ok(events.includes(unreachable), `${unreachable}\n${events.join('\n')}`)
  t.ok(ends.includes(undelivered), `${undelivered}\n${ends.join('\n')}`)
})

test(
  'docs/options.md: the end of an app, its own thread, a collector inside another program',
  { skip },
  async t => {
    const collector = await startInstalledCollector(t, { folder, missing })
    const site = makeSite('app', collector.address)
    const handler = `
    import { pino } from 'pino'
    const options = { address: '${site.address}' }
    const logger = pino(pino.transport({ target: 'zmq-pub', options }))
    ${findBlock('docs/options.md', 'signal').code}
    setInterval(() => undefined, 1000)
    logger.info('before the signal')
    process.kill(process.pid, 'SIGTERM')`
    await Promise.all([
      runCode(t, handler, site),
      runCode(
        t,
        `${findBlock('docs/options.md', 'own-thread').code}\nlogger.info('own thread')`,
        site
      ),
      runCode(t, findBlock('docs/options.md', 'inside').code, site)
    ])
    t.ok(await collector.waitForRecord('before the signal'))
    t.ok(await collector.waitForRecord('own thread'))
  }
)

/** For blocks that install in a folder of their own: the package is there already. */
function withoutInstall(code: string): string {
  const linked = code.replace('npm install zmq-pub', `ln -s ${join(folder, 'node_modules')} .`)
  if (linked === code) throw new Error(`nothing is installed by ${code}`)
  return linked
}

test('docs/operations.md: a host, with the key of its check', { skip }, async t => {
  const site = makeSite('host', await findFreeAddress())
  mkdirSync(join(site.folder, 'etc', 'systemd', 'system'), { recursive: true })
  const host = withoutInstall(findBlock('docs/operations.md', 'host').code)
  const key = findBlock('docs/operations.md', 'health-key').code
  const service = findBlock('docs/operations.md', 'check-service').code
  const [, check = ''] = /^ExecStart=([^]*)/m.exec(service) ?? []
  t.match(check, / check /)
  const collector = 'zmq-pub-collector --config /etc/zmq-pub/collector.json'
  await startShell(t, 'mkdir -p etc/zmq-pub', site).exited
  const config = findBlock('docs/operations.md', 'installed').code
  writeFileSync(join(site.folder, 'etc', 'zmq-pub', 'collector.json'), localize(config, site))
  await startCollectorBlock(t, `${host}${key}${collector}`, site)
  const program = startShell(t, check, site, { ZMQ_PUB_ADDRESS: site.address })
  t.equal((await program.exited).code, 0, program.stderr())
  t.match(program.stdout(), 'the collector answers (encrypted')
  const unit = 'test -s etc/systemd/system/zmq-pub-collector.service'
  t.equal((await startShell(t, unit, site).exited).code, 0)
})

test('docs/operations.md: the files and keys for containers', { skip }, async t => {
  const site = makeSite('containers', await findFreeAddress())
  const code = withoutInstall(findBlock('docs/operations.md', 'containers').code)
  const program = startShell(t, code, site)
  t.equal((await program.exited).code, 0, program.stderr())
  const srv = join(site.folder, 'srv')
  t.strictSame(readdirSync(srv).toSorted(), [
    'compose.yaml',
    'keys',
    'kubernetes.yaml',
    'node_modules'
  ])
  t.strictSame(readdirSync(join(srv, 'keys', 'clients')).toSorted(), ['check.key', 'example.key'])
  const compose = readFileSync(join(srv, 'compose.yaml'), 'utf8')
  const kubernetes = readFileSync(join(srv, 'kubernetes.yaml'), 'utf8')
  t.ok(kubernetes.length > 0)
  const mounted = [...compose.matchAll(/\.\/(keys\/[\w./]*key(?:_secret)?)\b/g)].map(
    ([, path = '']) => path
  )
  t.ok(mounted.length > 3)
  for (const path of mounted) t.ok(existsSync(join(srv, path)), path)
})

test('docs/operations.md: a new client', { skip }, async t => {
  const site = makeSite('operations', await findFreeAddress())
  const central =
    'mkdir -p etc/zmq-pub/clients; zmq-pub-collector keygen collector --dir etc/zmq-pub'
  await startShell(t, central, site).exited
  const client = startShell(t, findBlock('docs/operations.md', 'new-client').code, site)
  t.equal((await client.exited).code, 0, client.stderr())
  const check =
    'test -s collector.key; test -s shop.key_secret; cmp shop.key etc/zmq-pub/clients/shop.key'
  t.equal((await startShell(t, check, site).exited).code, 0)
})
