/** Recipes of docs/frameworks.md that build and start quickly; the others are in test/long/frameworks.test.ts. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { t, test } from 'tap'
import { findFreePort } from '../helpers/free-address.ts'
import { installWith, startInstalledCollector } from '../helpers/installed.ts'
import { readRecipe, request, startCommand, writeRecipe, type Recipe } from '../helpers/recipe.ts'

const servers = ['Fastify', 'Express']

const recipes = new Map(
  servers.map(heading => [heading, readRecipe('docs/frameworks.md', heading)])
)
const packages = new Set([...recipes.values()].flatMap(recipe => recipe.packages))
const installation = installWith(t, [...packages])
const skip = installation.missing

/** A folder with a recipe's files, in that of the installation. */
function place(heading: string): { recipe: Recipe; folder: string } {
  const recipe = recipes.get(heading) ?? readRecipe('docs/frameworks.md', heading)
  const folder = join(installation.folder, heading)
  mkdirSync(folder, { recursive: true })
  writeRecipe(recipe, folder)
  return { recipe, folder }
}

for (const heading of servers) {
  test(`${heading}: a request is logged, and SIGTERM loses nothing`, { skip }, async t => {
    const { recipe, folder } = place(heading)
    const { address, waitForRecord } = await startInstalledCollector(t, installation)
    const port = await findFreePort()
    const env = { ZMQ_PUB_ADDRESS: address, PORT: String(port) }
    const { child, exited, stderr } = startCommand(t, recipe.commands[0] ?? '', folder, env)
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
