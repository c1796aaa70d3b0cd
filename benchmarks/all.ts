/**
 * Runs every benchmark and writes docs/benchmarks.md.
 * Command:  npm run bench        each benchmark's file describes its knobs
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join } from 'node:path'
import { root } from './helpers/processes.ts'

// With these rounds all takes about 20 minutes.
const benchmarks: [script: string, env?: NodeJS.ProcessEnv][] = [
  ['end-to-end', { ROUNDS: '3' }],
  ['end-to-end', { MIXED: '1', RIVALS: 'basic', ROUNDS: '3' }],
  ['end-to-end', { YIELD: '500', RIVALS: 'basic' }],
  ['end-to-end', { CURVE: '1', ROUNDS: '3' }],
  ['everyday'],
  ['ingest'],
  ['outputs'],
  ['plain'],
  ['latency'],
  ['growth'],
  ['search'],
  ['page'],
  ['page-frames'],
  ['quiet']
]

const sections = benchmarks.map(([script, env]) => {
  process.stderr.write(`# ${script}\n`)
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'benchmarks', `${script}.js`)],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(`benchmarks/${script}.js ended with ${status}`)
  return stdout
})

const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' })
const day = new Date().toISOString().slice(0, 10)
const page = `# Benchmarks

\`npm run bench\` wrote this page on ${day}, at commit ${commit.stdout.trim()}, with Node.js ${process.version}, ${type()} ${release()} and
${cpus().length} × ${cpus()[0]?.model.trim()}. Senders and receivers run on the same machine. Other machines and other
days give other numbers, so compare only numbers of one table. [performance.md](performance.md) explains the numbers
and describes what was tried.

${sections.join('\n')}`
writeFileSync(join(root, 'docs/benchmarks.md'), page)
process.stdout.write(page)
spawnSync(
  process.execPath,
  [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--write', 'docs/benchmarks.md'],
  { cwd: root }
)
