/** Recipes of docs/frameworks.md that build and start quickly; the others are in test/long/frameworks.test.ts. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t, test, type Test } from 'tap'
import { findFreeAddress } from '../helpers/free-address.ts'
import {
  installWith,
  makeOutsideFolder,
  startInstalledCollector,
  userEnv
} from '../helpers/installed.ts'
import { startProgram } from '../helpers/program.ts'
import {
  readRecipe,
  runCommand,
  startCommand,
  startServer,
  writeRecipe
} from '../helpers/recipe.ts'
import { waitFor } from '../helpers/wait.ts'

const servers = ['Fastify', 'Express']
const bundlers = ['esbuild', 'esbuild, into a single file']

const headings = [...servers, ...bundlers, 'Vitest', 'Cluster', 'AWS Lambda']
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
    const server = await startServer(t, installation, commands[0] ?? '', { folder })
    t.match(await server.waitForRecord('paid'), { name: 'shop', order: 17 })
    t.ok(await server.waitForRecord('request completed'))
    t.equal(server.countSenders(), 1)
    if (process.platform === 'win32') return // has no signals that a process can handle
    server.child.kill('SIGTERM')
    t.match(await server.exited, { code: 0 }, server.stderr())
    t.ok(await server.waitForRecord('closed'))
    t.notMatch(server.stderr(), /lost|dropped|no collector/)
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
function copyBesidePino(t: Test, folder: string): string {
  const copy = makeOutsideFolder(t)
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
  const said = runCommand(`${commands[0]} 2>&1`, folder, env)
  t.match(said, /no collector at .*; records: 1 undelivered and lost/)
})

test('Cluster: each process logs, and SIGTERM loses nothing', { skip }, async t => {
  const { commands, folder } = place('Cluster')
  const server = await startServer(t, installation, commands[0] ?? '', { folder })
  t.match(await server.waitForRecord('paid'), { name: 'shop', order: 17 })
  const workersThat = (msg: string): Set<unknown> =>
    new Set(
      server
        .records()
        .filter(record => record.msg === msg)
        .map(({ worker, pid }) => worker ?? pid)
    )
  await waitFor(() => workersThat('listening').size === 2, 'both workers')
  if (process.platform === 'win32') return // has no signals that a process can handle
  server.child.kill('SIGTERM')
  t.match(await server.exited, { code: 0 }, server.stderr())
  t.strictSame(workersThat('closed'), workersThat('listening'))
  t.strictSame(workersThat('ended'), workersThat('listening'))
})

test('AWS Lambda: lines are on stdout when the handler returns', { skip }, async t => {
  const { folder } = place('AWS Lambda')
  const invoke = `import('./handler.mjs').then(({ handler }) => handler({ order: 17 })).then(() => process.kill(process.pid, 'SIGKILL'))`
  const args = ['--eval', invoke]
  const { exited, stdout, stderr } = startProgram(t, '', { args, cwd: folder, env: userEnv })
  await exited
  t.match(JSON.parse(stdout()), { name: 'shop', order: 17, msg: 'paid' }, stderr())
})
