import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './processes.ts'
import { printProgress } from './report.ts'

/** How to install what programs in C need. */
export const missingC = 'apt-get install gcc libzmq3-dev'

/**
 * Compiles a program of benchmarks/programs that uses libzmq.
 * @returns its path, undefined where there is no compiler or no libzmq
 */
export function compileProgram(name: string): string | undefined {
  const program = join(mkdtempSync(join(tmpdir(), 'zmq-pub-c-')), name)
  const source = join(root, 'benchmarks/programs', `${name}.c`)
  const { status } = spawnSync('cc', ['-O2', '-o', program, source, '-lzmq'])
  if (status === 0) return program
  printProgress(`left out: ${name}.c; ${missingC}`)
  return undefined
}
