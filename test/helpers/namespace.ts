/** Programs in a pid namespace of their own, as containers have one. */
import { spawnSync } from 'node:child_process'

const flags = ['--pid', '--fork', '--kill-child', '--mount-proc']

function canUnshare(more: string[]): boolean {
  return spawnSync('unshare', [...more, ...flags, 'true']).status === 0
}

/** Arguments of `unshare` before the command; undefined where this machine doesn't allow it. */
export const unshareArgs = [[], ['--user', '--map-root-user']]
  .map(more => [...more, ...flags])
  .find(args => canUnshare(args.slice(0, -flags.length)))

/** For tap's `skip`. */
export const noNamespaces = unshareArgs ? false : 'unshare makes no pid namespaces on this machine'
