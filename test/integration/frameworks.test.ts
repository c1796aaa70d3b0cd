/** Recipes of docs/frameworks.md that build and start quickly; the others are in test/long/frameworks.test.ts. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t, test } from 'tap'
import { findFreeAddress, findFreePort } from '../helpers/free-address.ts'
import { installWith, startInstalledCollector } from '../helpers/installed.ts'
import { readRecipe, request, runCommand, startCommand, writeRecipe } from '../helpers/recipe.ts'
import { waitFor } from '../helpers/wait.ts'

const servers = ['Fastify', 'Express']
const bundlers = ['esbuild', 'esbuild, into a single file']

const headings = [...servers, ...bundlers, 'Vitest', 'Cluster']
const recipes = new Map(
  headings.map(heading => [heading, readRecipe('docs/frameworks.md', heading)])
)
const packages = new Set([...recipes.values()].flatMap(recipe => recipe.packages))
const installation = installWith(t, [...packages])
const skip = installation.missing

/** A folder with a recipe's files, in that of the installation. */
function place(heading: string): { commands: string[]; folder: string } {
  const recipe = recipes.get(heading)
  if (recipe === undefined) throw new Error(`'${heading}' isn't installed`)
  const folder = join(installation.folder, heading)
  writeRecipe(recipe, folder)
  return { commands: recipe.commands, folder }
}

for (const heading of servers) {
  test(`${heading}: a request is logged, and SIGTERM loses nothing`, { skip }, async t => {
    const { commands, folder } = place(heading)
    const { address, waitForRecord } = await startInstalledCollector(t, installation)
    const port = await findFreePort()
    const env = { ZMQ_PUB_ADDRESS: address, PORT: String(port) }
    const { child, exited, stderr } = startCommand(t, commands[0] ?? '', folder, env)
    t.equal(await request(port), 'paid')
    t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
    t.ok(await waitForRecord('request completed'))
    if (process.platform === 'win32') return // has no signals that a process can handle
    child.kill('SIGTERM')
    t.match(await exited, { code: 0 }, stderr())
    t.ok(await waitForRecord('closed'))
    t.equal(stderr(), '')
  })
}

for (const heading of bundlers) {
  test(`${heading}: the bundle logs`, { skip }, async t => {
    const { commands, folder } = place(heading)
    const { address, waitForRecord } = await startInstalledCollector(t, installation)
    for (const command of commands) runCommand(command, folder, { ZMQ_PUB_ADDRESS: address })
    t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
  })
}

/** What happens without the externals, in the words of the page. The third message comes after 10 s: test/long has it. */
const mistakes: [what: string, flags: string, message: RegExp][] = [
  [
    'an ES module with pino',
    '--format=esm --outfile=dist/x.mjs',
    /Dynamic require of "node:os" is not supported/
  ],
  [
    'a bundle beside which zmq-pub is missing',
    '--packages=external --outfile=dist/x.cjs',
    /unable to determine transport target for "zmq-pub"/
  ]
]

for (const [what, flags, message] of mistakes) {
  test(`${what} ends with the error that the page names`, { skip }, async t => {
    const { folder } = place('esbuild')
    runCommand(`npx esbuild app.js --bundle --platform=node ${flags}`, folder)
    const [, bundle = ''] = flags.split('--outfile=')
    const where = what.includes('missing') ? copyBesidePino(t, folder) : folder
    const { exited, stderr } = startCommand(t, `node ${bundle}`, where, {})
    t.match(await exited, { code: 1 })
    t.match(stderr(), message)
  })
}

/** Copies bundles to a folder in which pino is installed, and nothing else. */
function copyBesidePino(t: Parameters<typeof installWith>[0], folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'zmq-pub-copy-'))
  t.teardown(() => rmSync(copy, { recursive: true, force: true }))
  cpSync(join(folder, 'dist'), join(copy, 'dist'), { recursive: true })
  const pino = join('node_modules', 'pino')
  mkdirSync(join(copy, 'node_modules'))
  symlinkSync(join(installation.folder, pino), join(copy, pino), 'junction')
  return copy
}

/** A unit test of an app whose logger is that of the recipe. */
const silentTest = `
  import { expect, test } from 'vitest'
  import { logger } from './logger.js'
  test('nothing is logged', () => {
    expect(logger.level).toBe('silent')
    logger.fatal('not to be seen')
  })`

test('Vitest: a silent logger, and one that logs to a collector', { skip }, async t => {
  const { commands, folder } = place('Vitest')
  const { address, records, waitForRecord } = await startInstalledCollector(t, installation)
  writeFileSync(join(folder, 'silent.test.js'), silentTest)
  runCommand(commands[0] ?? '', folder, { ZMQ_PUB_ADDRESS: address })
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
  t.equal(records().length, 1)
})

test('Vitest: without a collector the tests pass, and the loss is reported', { skip }, async t => {
  const { commands, folder } = place('Vitest')
  const env = { ZMQ_PUB_ADDRESS: await findFreeAddress() }
  const { exited, stderr, stdout } = startCommand(t, commands[0] ?? '', folder, env)
  t.match(await exited, { code: 0 }, stdout() + stderr())
  t.match(stdout() + stderr(), /no collector at .*; records: 1 undelivered and lost/)
})

test('Cluster: each process logs, and SIGTERM loses nothing', { skip }, async t => {
  const { commands, folder } = place('Cluster')
  const { address, records, waitForRecord } = await startInstalledCollector(t, installation)
  const port = await findFreePort()
  const env = { ZMQ_PUB_ADDRESS: address, PORT: String(port) }
  const { child, exited, stderr } = startCommand(t, commands[0] ?? '', folder, env)
  t.equal(await request(port), 'paid')
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
  const pidsOf = (msg: string): unknown[] =>
    records().flatMap(record => (record.msg === msg ? [record['worker'] ?? record['pid']] : []))
  await waitFor(() => pidsOf('listening').length === 2, 'both workers')
  if (process.platform === 'win32') return // has no signals that a process can handle
  child.kill('SIGTERM')
  t.match(await exited, { code: 0 }, stderr())
  const workers = new Set(pidsOf('listening'))
  t.equal(workers.size, 2)
  t.strictSame(new Set(pidsOf('closed')), workers)
  t.strictSame(new Set(pidsOf('ended')), workers)
})
