/** The packed package as projects of others see it: its types, its entry points, and what linters of packages say. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { compileConsumer, resolutions } from '../helpers/consumer.ts'
import { installPacked, pack, run } from '../helpers/packed.ts'
import { root } from '../helpers/program.ts'

const findBin = (...path: string[]): string => join(root, 'node_modules', ...path)

const isWindows = process.platform === 'win32' && 'it has no sh'

test('a strict project compiles, and its mistakes do not', { skip: isWindows }, async t => {
  const folder = t.testdir()
  installPacked(folder)
  for (const resolution of resolutions) {
    const compiler = findBin('typescript', 'bin', 'tsc')
    t.doesNotThrow(() => compileConsumer(folder, compiler, resolution), resolution)
  }
})

const isAddon = `process.report.getReport().sharedObjects.some(path => /zeromq/.test(path))`

test('what the main thread imports loads no zeromq', async t => {
  const folder = t.testdir()
  installPacked(folder)
  const evaluate = (code: string, kind: string): string =>
    run(process.execPath, [`--input-type=${kind}`, '--eval', code], folder).trim()
  const print = `console.log(typeof found.onZmqPubEvent, ${isAddon})`
  t.equal(
    evaluate(`const found = require('zmq-pub/events'); ${print}`, 'commonjs'),
    'function false'
  )
  t.equal(evaluate(`import * as found from 'zmq-pub/events'; ${print}`, 'module'), 'function false')
  t.equal(
    evaluate(
      `import zmqPub from 'zmq-pub'
      const stream = await zmqPub()
      console.log(${isAddon})
      stream.end()`,
      'module'
    ),
    'true',
    'it could be seen'
  )
})

test('a CommonJS app can require the collector, which does not start by that', async t => {
  const folder = t.testdir()
  installPacked(folder)
  const code = `const { startCollector } = require('zmq-pub/collector'); console.log(typeof startCollector)`
  t.equal(run(process.execPath, ['--eval', code], folder), 'function\n')
  t.notOk(existsSync(join(folder, 'logs')))
})

const linters: [name: string, bin: string, args: string[]][] = [
  ['publint', findBin('publint', 'src', 'cli.js'), ['--strict']],
  [
    'Are the types wrong?',
    findBin('@arethetypeswrong', 'cli', 'dist', 'index.js'),
    ['--profile', 'esm-only']
  ]
]

for (const [name, bin, args] of linters) {
  const skip = !existsSync(bin) && 'it is not installed: npm install'
  test(`${name} finds nothing in the package`, { skip }, async t => {
    const tarball = pack(t.testdir())
    t.doesNotThrow(() => run(process.execPath, [bin, tarball, ...args], root))
  })
}
