/** Programs in a pid namespace of their own, as containers have one. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Program } from './program.ts'

const flags = ['--pid', '--fork', '--kill-child', '--mount-proc']

/** The command that starts a program in a namespace, where its pid is 1; undefined where this machine doesn't allow it. */
export const unshare = [
  ['unshare', ...flags],
  ['unshare', '--user', '--map-root-user', ...flags]
].find(([command = '', ...args]) => spawnSync(command, [...args, 'true']).status === 0)

/** For tap's `skip`. */
export const noNamespaces = unshare ? false : 'unshare makes no pid namespaces on this machine'

/** Sends a signal to a program that `unshare` has started: itself, it ignores most. */
export function signalInside({ child }: Program, signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  process.kill(Number(children.trim()), signal)
}
