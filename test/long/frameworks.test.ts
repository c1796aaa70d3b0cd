/** Recipes of docs/frameworks.md that take long to install or to build. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { findFreeAddress } from '../helpers/free-address.ts'
import {
  installWith,
  makeOutsideFolder,
  startInstalledCollector,
  type Installation
} from '../helpers/installed.ts'
import {
  readRecipe,
  runCommand,
  startCommand,
  startServer,
  writeRecipe,
  type StartedServer
} from '../helpers/recipe.ts'
import { waitFor } from '../helpers/wait.ts'

const isWindows = process.platform === 'win32' // it has no signals that a process can handle

/** What a test of a recipe needs; undefined, and the test is skipped, where npm can't install it. */
function prepare(t: Test, heading: string): (Installation & { commands: string[] }) | undefined {
  const recipe = readRecipe('docs/frameworks.md', heading)
  const installation = installWith(t, recipe.packages)
  if (installation.missing !== false) {
    t.plan(0, installation.missing)
    return undefined
  }
  writeRecipe(recipe, installation.folder)
  return { ...installation, commands: recipe.commands }
}

/** Ends a server by SIGTERM. */
async function terminate(t: Test, { child, exited, stderr }: StartedServer): Promise<void> {
  child.kill('SIGTERM')
  const { code } = await exited
  t.ok(code === 0 || code === 143, `${code} ${stderr()}`)
  t.notMatch(stderr(), /lost|dropped|no collector/)
}

/** As `nest new` writes it, but for what the recipe doesn't use. */
const nestConfig = {
  module: 'commonjs',
  target: 'es2023',
  rootDir: 'src',
  outDir: 'dist',
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  strict: true,
  skipLibCheck: true
}

test('NestJS: a request is logged, and what shutdown hooks log', async t => {
  const nest = prepare(t, 'NestJS')
  if (nest === undefined) return
  const { folder, commands } = nest
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: nestConfig }))
  runCommand(commands[0] ?? '', folder)
  const server = await startServer(t, nest, commands[1] ?? '')
  t.match(await server.waitForRecord('paid'), { name: 'shop', order: 17, context: 'AppController' })
  t.ok(await server.waitForRecord('request completed'))
  t.ok(await server.waitForRecord('Nest application successfully started'))
  t.equal(server.countSenders(), 1, 'one transport for requests and everything else')
  if (isWindows) return
  await terminate(t, server)
  t.ok(await server.waitForRecord('closed'))
})

test('Next.js: a request is logged, also by the standalone output in another place', async t => {
  const next = prepare(t, 'Next.js')
  if (next === undefined) return
  const { folder, commands } = next
  const env = { NEXT_TELEMETRY_DISABLED: '1' }
  const path = '/api/pay'
  runCommand(commands[0] ?? '', folder, env)
  const server = await startServer(t, next, commands[1] ?? '', { path, env })
  t.match(await server.waitForRecord('paid'), { name: 'shop', order: 17 })
  if (!isWindows) await terminate(t, server)

  const standalone = readRecipe('docs/frameworks.md', 'Next.js, standalone output')
  writeRecipe(standalone, folder)
  const build = (): string => {
    runCommand(standalone.commands[0] ?? '', folder, env)
    const elsewhere = makeOutsideFolder(t)
    cpSync(join(folder, '.next', 'standalone'), elsewhere, { recursive: true })
    return elsewhere
  }
  const start = (standalone.commands[1] ?? '').replace('.next/standalone/', '')
  const copy = await startServer(t, next, start, { folder: build(), path, env })
  t.match(await copy.waitForRecord('paid'), { name: 'shop', order: 17 })
  if (!isWindows) await terminate(t, copy)

  const config = join(folder, 'next.config.mjs')
  const without = readFileSync(config, 'utf8').replace(/,\s*outputFileTracingIncludes: .*\n/, '\n')
  writeFileSync(config, without)
  const port = new URL((await findFreeAddress()).replace('tcp', 'http')).port
  const bare = startCommand(t, start, build(), { ...env, PORT: port })
  await waitFor(async () => {
    await fetch(`http://localhost:${port}${path}`).catch(() => undefined)
    return bare.stderr().includes('unable to determine transport target for "zmq-pub"')
  }, 'the error that the page names')
  t.pass('without the packages it fails as the page says')
})

test('webpack: the bundle logs, and fails as the page says without externals', async t => {
  const webpack = prepare(t, 'webpack')
  if (webpack === undefined) return
  const { folder, commands } = webpack
  const { address, waitForRecord } = await startInstalledCollector(t, webpack)
  const env = { ZMQ_PUB_ADDRESS: address }
  for (const command of commands) runCommand(command, folder, env)
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })

  const config = join(folder, 'webpack.config.mjs')
  const without = readFileSync(config, 'utf8').replace(/,\s*externals: .*/, '')
  writeFileSync(config, without)
  runCommand(commands[0] ?? '', folder)
  const { exited, stderr } = startCommand(t, commands[1] ?? '', folder, env)
  t.match(await exited, { code: 1 })
  t.match(stderr(), /Cannot find module '.*worker\.js'/)
})

/** A unit test of an app whose logger is that of the recipe. */
const silentTest = `
  const { logger } = require('./logger.js')
  test('nothing is logged', () => {
    expect(logger.level).toBe('silent')
    logger.fatal('not to be seen')
  })`

test('Jest: a silent logger, and one that logs to a collector, if there is one', async t => {
  const jest = prepare(t, 'Jest')
  if (jest === undefined) return
  const { folder, commands } = jest
  const [command = ''] = commands
  const { address, records, waitForRecord } = await startInstalledCollector(t, jest)
  writeFileSync(join(folder, 'silent.test.js'), silentTest)
  runCommand(`${command} --detectOpenHandles`, folder, { ZMQ_PUB_ADDRESS: address })
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
  t.equal(records().length, 1)

  const env = { ZMQ_PUB_ADDRESS: await findFreeAddress() }
  const alone = startCommand(t, command, folder, env)
  t.match(await alone.exited, { code: 0 }, alone.stderr())
  t.match(alone.stderr(), /no collector at .*; records: 1 undelivered and lost/)

  const file = join(folder, 'delivery.test.js')
  writeFileSync(file, readFileSync(file, 'utf8').replace(', options: { closeTimeoutMs: 1000 }', ''))
  const slow = startCommand(t, command, folder, env)
  t.match(await slow.exited, { code: 1 })
  t.match(slow.stderr(), 'Exceeded timeout of 5000 ms for a hook')
})

test('pm2: each instance logs, and stopping loses nothing', async t => {
  if (isWindows) return t.plan(0, 'Windows has no signals that a process can handle')
  const pm2 = prepare(t, 'pm2')
  if (pm2 === undefined) return
  const env = { PM2_HOME: join(pm2.folder, 'pm2') }
  const server = await startServer(t, pm2, pm2.commands[0] ?? '', { env })
  t.match(await server.waitForRecord('paid'), { name: 'shop', order: 17 })
  const instancesThat = (msg: string): Set<unknown> =>
    new Set(server.records().flatMap(record => (record.msg === msg ? [record['pid']] : [])))
  await waitFor(() => instancesThat('listening').size === 2, 'both instances')
  await terminate(t, server)
  t.strictSame(instancesThat('closed'), instancesThat('listening'))
})
