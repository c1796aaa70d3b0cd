/** Runs shell blocks of the documents as a reader would, in a folder in which the package is installed. */
import { spawn } from 'node:child_process'
import type { Test } from 'tap'
import { watch, type Program } from './program.ts'

/** Where code blocks are run. */
export interface DocumentSite {
  folder: string
  /** of the programs of the installed package */
  bin: string
  /** of a collector on this machine */
  address: string
}

/** What is replaced in a code block before it is run: [what a reader has, what a test has]. */
function toReplacements({ folder, address }: DocumentSite): [string, string][] {
  return [
    ['tcp://logs:5558', address],
    ['tcp://*:5558', address],
    ['tcp://127.0.0.1:5558', address],
    // "npm install" has happened: of the package that was packed from this repository.
    ['npm install zmq-pub', 'npm ls zmq-pub'],
    ['/opt/zmq-pub', folder],
    ['/srv/zmq-pub', `${folder}/srv`],
    ['/etc/', `${folder}/etc/`],
    ['/var/log/', `${folder}/var-log/`]
  ]
}

/** Commands that would reach another host: one folder is both. Commands that need root, and another user, do nothing. */
const shellFunctions = `
useradd() { :; }
chown() { :; }
scp() { # from, to; what lies there already needs no copying
  local from=\${1#logs:} to=\${2#logs:}
  if [ -d "$to" ]; then to=$to/$(basename "$from"); fi
  [ "$from" -ef "$to" ] || cp "$from" "$to"
}
`

/** The code of a block for this machine. */
export function localize(code: string, site: DocumentSite): string {
  return toReplacements(site).reduce((text, [what, by]) => text.replaceAll(what, by), code)
}

/** Starts a shell block. Its processes are killed at the end of the test. */
export function startShell(
  t: Test,
  code: string,
  site: DocumentSite,
  env: NodeJS.ProcessEnv = {}
): Program {
  const { folder, bin } = site
  const child = spawn('bash', ['-euc', shellFunctions + localize(code, site)], {
    cwd: folder,
    detached: true, // with a process group of its own: a shell that is killed leaves its children
    // tap's NODE_OPTIONS would make these programs part of the test.
    env: { ...process.env, NODE_OPTIONS: '', PATH: `${bin}:${process.env['PATH']}`, ...env }
  })
  const program = watch(child)
  t.teardown(async () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All of them have ended.
    }
    await program.exited
  })
  return program
}
