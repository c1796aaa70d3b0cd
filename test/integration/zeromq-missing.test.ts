/** What a user sees on a system for which zeromq has no binary: the packed package, with a zeromq that can't be loaded. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t, test } from 'tap'
import { makeOutsideFolder, userEnv } from '../helpers/installed.ts'
import { installPacked } from '../helpers/packed.ts'
import { root, startProgram } from '../helpers/program.ts'

const folder = makeOutsideFolder(t)
installPacked(folder)

const zeromq = join(folder, 'node_modules', 'zeromq')
const manifest = join(zeromq, 'build', 'manifest.json')
const original = join(root, 'node_modules', 'zeromq')

// zeromq without its binaries, but with its own code that looks for them.
rmSync(zeromq)
mkdirSync(join(zeromq, 'build'), { recursive: true })
cpSync(join(original, 'package.json'), join(zeromq, 'package.json'))
cpSync(join(original, 'lib'), join(zeromq, 'lib'), { recursive: true })

const program = (name: string): string => join(folder, 'node_modules', 'zmq-pub', name)

writeFileSync(
  join(folder, 'app.mjs'),
  `import { pino } from 'pino'
  pino(pino.transport({ target: 'zmq-pub' })).info('lost')`
)
writeFileSync(
  join(folder, 'own-thread.mjs'),
  `import zmqPub from 'zmq-pub'
  await zmqPub().catch(error => console.error(error.code, error.message))`
)
writeFileSync(
  join(folder, 'inside.mjs'),
  `import { startCollector } from 'zmq-pub/collector'
  await startCollector().catch(error => console.error(error.code, error.message))`
)
writeFileSync(join(folder, 'collector.json'), '{}')

const programs: [what: string, args: string[], code: number][] = [
  ['an app', ['app.mjs'], 1],
  ['an app that logs from its own thread', ['own-thread.mjs'], 0],
  ['a collector', [program('collector.js')], 1],
  ['a collector in another program', ['inside.mjs'], 0],
  ['validate', [program('collector.js'), 'validate', '--config', 'collector.json'], 78],
  ['check', [program('collector.js'), 'check'], 1],
  ['pipe mode', [program('lib/cli/pipe.js')], 1]
]

const manifests: [what: string, text: string, reason: string][] = [
  [
    'no binary for this system',
    '{}',
    `No compatible zeromq.js addon found for ${process.platform} ${process.arch} `
  ],
  [
    'a binary that cannot be loaded',
    readFileSync(join(original, 'build', 'manifest.json'), 'utf8'),
    'No compatible zeromq.js addon found (Cannot find module '
  ]
]

for (const [problem, text, reason] of manifests) {
  for (const [what, args, code] of programs) {
    test(`${what}, with ${problem}, says so and what to do`, async t => {
      writeFileSync(manifest, text)
      const { exited, stderr } = startProgram(t, '', { args, cwd: folder, env: userEnv })
      t.match(await exited, { code, signal: null }, stderr())
      const line = stderr()
        .split('\n')
        .find(each => each.includes('ERR_ZMQ_PUB_ZEROMQ: cannot load zeromq on this machine'))
      t.match(line, `: ${reason}`)
      t.match(line, 'npm rebuild zeromq')
      t.notMatch(stderr(), 'candidates', 'the list of all binaries hides nothing')
      t.notMatch(stderr(), 'cmake-ts', 'nor do the warnings of the loader')
    })
  }
}

for (const args of [['--help'], ['--version'], ['keygen', 'collector', '--dir', 'keys']]) {
  test(`zmq-pub-collector ${args.join(' ')} needs no zeromq`, async t => {
    const command = { args: [program('collector.js'), ...args], cwd: folder, env: userEnv }
    const { exited, stderr } = startProgram(t, '', command)
    t.match(await exited, { code: 0 }, stderr())
  })
}
