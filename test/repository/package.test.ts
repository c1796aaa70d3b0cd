/** The package as users get it: packed, installed in an empty folder, loaded by pino. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder } from '../helpers/collector.ts'
import { installPackage, npm, run } from '../helpers/installation.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'

const bundlers = ['esbuild@0.25.8', 'esbuild-plugin-pino@2']

/** A bundle as the plugin's documents make it; a native addon can't be in one. */
const buildScript = `
  const plugin = require('esbuild-plugin-pino')
  require('esbuild').build({
    entryPoints: ['app.js'], outdir: 'dist', bundle: true, platform: 'node', external: ['zeromq'],
    plugins: [(plugin.default ?? plugin)({ transports: ['zmq-pub'] })]
  })`

/** An app that starts a collector, as one file of either kind; packages that are CommonJS need a require there. */
const collectorApp = `
  import { startCollector } from 'zmq-pub/collector'
  startCollector({ bind: 'tcp://127.0.0.1:*', file: 'own/x.log', rotate: 'never' }).then(own => own.stop())`
const collectorBuildScript = `
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
  const options = { entryPoints: ['own.js'], bundle: true, platform: 'node', external: ['zeromq'] }
  const { build } = require('esbuild')
  build({ ...options, format: 'esm', outfile: 'dist/own.mjs', banner })
  build({ ...options, format: 'cjs', outfile: 'dist/own.cjs', logLevel: 'error' })`

test('the packed package works from CommonJS, from ESM, bundled, and by its bins', async t => {
  const folder = t.testdir({ 'package.json': '{ "private": true }' })
  installPackage(folder)

  const installed = join(folder, 'node_modules', 'zmq-pub')
  t.ok(existsSync(join(installed, 'transport.d.ts')), 'types are there')
  t.ok(existsSync(join(installed, 'SECURITY.md')), 'how to report is there')
  t.ok(existsSync(join(installed, 'lib', 'search', 'text-finder.wasm')), 'search is fast there')
  t.notOk(existsSync(join(installed, 'test')), 'tests are not')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const bin = join(folder, 'node_modules', '.bin', 'zmq-pub-collector')
  t.equal(run(bin, ['--version'], folder), `${version}\n`)

  const file = join(folder, 'logs', '{date}.log')
  const { address, stop } = await startCollectorProgram(t, ['--file', file])
  const body = `
    const logger = pino(pino.transport({ target: 'zmq-pub', options: { address: '${address}' } }))
    logger.info('from ' + kind)`
  writeFileSync(
    join(folder, 'app.cjs'),
    `const pino = require('pino'); const kind = 'cjs'; ${body}`
  )
  writeFileSync(join(folder, 'app.mjs'), `import pino from 'pino'; const kind = 'esm'; ${body}`)
  for (const script of ['app.cjs', 'app.mjs']) {
    const app = startProgram(t, '', { command: process.execPath, args: [script], cwd: folder })
    t.equal((await app.exited).code, 0, app.stderr())
  }

  // Bundled, the transport is one file that knows nothing of its package.
  run(npm, ['install', '--prefer-offline', '--no-audit', '--no-fund', ...bundlers], folder)
  writeFileSync(
    join(folder, 'app.js'),
    `const pino = require('pino'); const kind = 'bundle'; ${body}`
  )
  writeFileSync(join(folder, 'build.js'), buildScript)
  run(process.execPath, ['build.js'], folder)
  const bundled = { command: process.execPath, args: [join('dist', 'app.js')], cwd: folder }
  const bundle = startProgram(t, '', bundled)
  t.equal((await bundle.exited).code, 0, bundle.stderr())

  // So is the collector, and isn't taken for the program `zmq-pub-collector`.
  writeFileSync(join(folder, 'own.js'), collectorApp)
  writeFileSync(join(folder, 'build.js'), collectorBuildScript)
  run(process.execPath, ['build.js'], folder)
  for (const name of ['own.mjs', 'own.cjs']) {
    const args = [join('dist', name)]
    const own = startProgram(t, '', { command: process.execPath, args, cwd: folder })
    t.equal((await own.exited).code, 0, own.stderr())
    t.strictSame(
      readdirSync(join(folder, 'own')).filter(file => !file.startsWith('.')),
      ['x.log']
    )
  }

  const pipe = join(folder, 'node_modules', '.bin', 'zmq-pub')
  execFileSync(pipe, ['--address', address], { input: '{"msg":"from a pipe"}\n' })
  t.equal(await stop(), 0)
  const lines = readFolder(join(folder, 'logs')).split('\n').slice(0, -1)
  t.same(
    lines.map(line => (JSON.parse(line) as { msg: string }).msg),
    ['from cjs', 'from esm', 'from bundle', 'from a pipe']
  )
})
