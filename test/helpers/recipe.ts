/** The recipes of docs/frameworks.md: what a reader would copy is what the tests run. */
import { execSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { readBlocks } from './code-blocks.ts'
import { findFreePort } from './free-address.ts'
import {
  startInstalledCollector,
  userEnv,
  type Installation,
  type InstalledCollector
} from './installed.ts'
import { root, startProgram, type Program } from './program.ts'
import { waitFor } from './wait.ts'

/** One section of the page. */
export interface Recipe {
  /** what "Tested with" names, such as `fastify@5` */
  packages: string[]
  /** what its `npm install` names */
  installed: string[]
  /** by path: code blocks whose first line is a comment with a path */
  files: Map<string, string>
  /** the lines of its shell blocks, except those that install */
  commands: string[]
}

/** Reads the section of a document with this heading. */
export function readRecipe(document: string, heading: string): Recipe {
  const lines = readFileSync(join(root, document), 'utf8').split('\n')
  const start = lines.indexOf(`## ${heading}`)
  if (start === -1) throw new Error(`${document} has no section '${heading}'`)
  const next = lines.findIndex((line, index) => index > start && line.startsWith('## '))
  const end = next === -1 ? lines.length : next
  const recipe: Recipe = { packages: [], installed: [], files: new Map(), commands: [] }
  const tested = lines.slice(start, end).find(line => line.startsWith('Tested with ')) ?? ''
  for (const [, name = ''] of tested.matchAll(/`([^`]+@\d+)`/g)) recipe.packages.push(name)
  for (const { line, language, code } of readBlocks(document)) {
    if (line <= start || line > end) continue
    const path = /^\/\/ (\S+)\n/.exec(code)?.[1]
    if (path !== undefined) recipe.files.set(path, code)
    if (language !== 'sh') continue
    for (const command of code.trimEnd().split('\n')) {
      const [, names] = /^npm install (.*)/.exec(command) ?? []
      if (names === undefined) recipe.commands.push(command)
      else recipe.installed.push(...names.split(' '))
    }
  }
  return recipe
}

/** Writes a recipe's files. */
export function writeRecipe({ files }: Recipe, folder: string): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** Runs a command of a recipe to its end. @throws with its output, if it fails */
export function runCommand(command: string, folder: string, env: NodeJS.ProcessEnv = {}): string {
  return execSync(command, {
    cwd: folder,
    env: { ...process.env, ...userEnv, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

/** Starts a command of a recipe: `node FILE …`, or `npx NAME …` of a package that is installed. */
export function startCommand(
  t: Test,
  command: string,
  folder: string,
  env: NodeJS.ProcessEnv
): Program {
  const [program = '', name = '', ...rest] = command.split(' ')
  const script = program === 'npx' ? realpathSync(findBin(folder, name)) : name
  return startProgram(t, '', { args: [script, ...rest], cwd: folder, env: { ...userEnv, ...env } })
}

/** A program of an installed package, in this folder or one above it. */
export function findBin(folder: string, name: string): string {
  const bin = join(folder, 'node_modules', '.bin', name)
  return existsSync(bin) || dirname(folder) === folder ? bin : findBin(dirname(folder), name)
}

/** A server that answers, and the collector to which it logs. */
export type StartedServer = Program & InstalledCollector

/** Starts a recipe's server and a collector. @returns when the server has answered a request with `paid` */
export async function startServer(
  t: Test,
  installation: Installation,
  command: string,
  { folder = installation.folder, path = '/', env = {} } = {}
): Promise<StartedServer> {
  const collector = await startInstalledCollector(t, installation)
  const port = await findFreePort()
  const where = { ZMQ_PUB_ADDRESS: collector.address, PORT: String(port) }
  const program = startCommand(t, command, folder, { ...env, ...where })
  await waitFor(async () => {
    try {
      const headers = { connection: 'close' }
      const response = await fetch(`http://localhost:${port}${path}`, { headers })
      return (await response.text()) === 'paid'
    } catch {
      return false // it doesn't listen yet
    }
  }, `an answer from ${command}`)
  return { ...program, ...collector }
}
