/** The package as npm would publish it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from '../../contrib/build-page.ts'
import { writeCjs } from '../../contrib/make-cjs.ts'
import { root } from './program.ts'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** Runs a command to its end. @returns its stdout @throws with what it wrote to stdout and stderr */
export function run(command: string, args: string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}

/** The package, once it has been packed. */
let packed: Buffer | undefined

/** Packs the package into a folder; all tests of a file share what is packed once. @returns the path of the tarball */
export function pack(folder: string): string {
  if (packed) {
    const path = join(folder, 'zmq-pub.tgz')
    writeFileSync(path, packed)
    return path
  }
  writeCjs()
  buildPage()
  run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], root)
  const path = join(folder, readdirSync(folder).find(name => name.endsWith('.tgz')) ?? '')
  packed = readFileSync(path)
  return path
}

/** Unpacks the package into `node_modules` of a folder, beside the packages that are installed here. */
export function installPacked(folder: string): void {
  // Else the folder would belong to the package that it is in, and `zmq-pub` be this repository.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '.bin') symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  const own = join(modules, 'zmq-pub')
  mkdirSync(own)
  run('tar', ['-xzf', pack(folder), '--strip-components=1', '-C', own], folder)
}

/** Installs packages into a folder of their own. @returns why they can't be; undefined where they are */
export function installOthers(folder: string, packages: string[]): string | undefined {
  try {
    mkdirSync(folder, { recursive: true })
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-save']
    run(npm, ['install', '--prefix', folder, ...flags, ...packages], folder)
    return undefined
  } catch (error) {
    return `the registry can't be reached: ${(error as Error).message.slice(0, 200)}`
  }
}
