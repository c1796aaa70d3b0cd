/** The package as users get it: packed, and installed in a folder. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './program.ts'

export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** What `npm install` needs in tests: no dependency needs its install script, and what was downloaded once is used. */
const installFlags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']

/** Packs the package. @returns the path of its tarball in the folder */
export function pack(folder: string): string {
  run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz')) ?? ''
  return join(folder, tarball)
}

/** Packs the package and installs it, and other packages, in a folder that has a package.json. */
export function installPackage(folder: string, packages: string[] = []): void {
  run(npm, ['install', ...installFlags, pack(folder), ...packages], folder)
}

/** Runs a command to its end. @returns what it wrote to stdout */
export function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
