/** What docs/frameworks.md says of package managers and of other runtimes. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { installWith, startInstalledCollector, userEnv } from '../helpers/installed.ts'
import { pack } from '../helpers/installation.ts'
import { root, startProgram } from '../helpers/program.ts'
import { findBin, readRecipe, runCommand } from '../helpers/recipe.ts'

const page = readFileSync(join(root, 'docs', 'frameworks.md'), 'utf8')

/** An app as a reader has it: that of the recipe for bundlers, as it is before it is bundled. */
const app = readRecipe('docs/frameworks.md', 'esbuild').files.get('app.js') ?? ''

/** A message that the page quotes. */
function quoted(message: string): string {
  if (!page.includes(message)) throw new Error(`docs/frameworks.md doesn't quote: ${message}`)
  return message
}

test("npm's message about install scripts can be answered once", async t => {
  const { folder, missing } = installWith(t, [])
  if (missing !== false) return t.plan(0, missing)
  const install = 'npm install --no-audit --no-fund --prefer-offline zeromq@6 2>&1'
  const message = quoted('install scripts not yet covered by allowScripts')
  if (!runCommand(install, folder).includes(message)) return t.plan(0, 'this npm says nothing')
  runCommand(quoted('npm install-scripts deny zeromq'), folder)
  t.notMatch(runCommand(install, folder), 'zeromq@')
})

test('pnpm runs no install script, and the package works', async t => {
  const installation = installWith(t, ['pnpm@10'])
  const { folder, missing } = installation
  if (missing !== false) return t.plan(0, missing)
  const { address, waitForRecord } = await startInstalledCollector(t, installation)
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  writeFileSync(join(project, 'app.mjs'), app)
  const pnpm = findBin(folder, 'pnpm')
  const said = runCommand(`node ${pnpm} add ${pack(project)} pino@10`, project)
  t.match(said, quoted('Ignored build scripts: zeromq'))
  const ignored = quoted('ignoredBuiltDependencies: [zeromq]')
  writeFileSync(join(project, 'pnpm-workspace.yaml'), ignored)
  rmSync(join(project, 'node_modules'), { recursive: true })
  t.notMatch(runCommand(`node ${pnpm} install`, project, { CI: '1' }), 'Ignored build scripts')
  runCommand('node app.mjs', project, { ZMQ_PUB_ADDRESS: address })
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })
})

test('Deno delivers a line, and Bun ends with the error that the page names', async t => {
  const installation = installWith(t, ['pino@10', 'deno@2', 'bun@1'])
  const { folder, missing } = installation
  if (missing !== false) return t.plan(0, missing)
  const { address, waitForRecord } = await startInstalledCollector(t, installation)
  writeFileSync(join(folder, 'app.mjs'), app)
  const env = { ...userEnv, ZMQ_PUB_ADDRESS: address }
  const deno = findBin(folder, 'deno')
  runCommand(`node ${join(folder, 'node_modules', 'deno', 'install.cjs')}`, folder)
  const inDeno = startProgram(t, '', {
    command: deno,
    args: ['run', '-A', 'app.mjs'],
    cwd: folder,
    env
  })
  t.match(await inDeno.exited, { code: 0 }, inDeno.stderr())
  t.match(await waitForRecord('paid'), { name: 'shop', order: 17 })

  runCommand('node install.js', join(folder, 'node_modules', 'bun'))
  const bun = findBin(folder, 'bun')
  const inBun = startProgram(t, '', { command: bun, args: ['app.mjs'], cwd: folder, env })
  await inBun.exited
  t.match(inBun.stderr(), quoted('unsupported uv function: uv_poll_init_socket'))
})
