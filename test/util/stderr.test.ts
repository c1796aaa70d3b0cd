import { execFileSync, spawn, type StdioOptions } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { test, type Test } from 'tap'
import { startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const module = new URL('../../lib/util/stderr.js', import.meta.url).href

/** Writes lines to stderr, in the main thread or a worker, and ends. */
function toCode(count: number, isInWorker: boolean): string {
  const body = `import('${module}').then(({ writeToStderr }) => {
    for (let line = 1; line <= ${count}; line++) writeToStderr('line ' + line + 'x'.repeat(1000))
  })`
  if (!isInWorker) return body
  return `const { Worker } = require('node:worker_threads'); new Worker(${JSON.stringify(body)}, { eval: true })`
}

for (const isInWorker of [false, true]) {
  const where = isInWorker ? 'a worker' : 'the main thread'

  test(`a line of ${where} is written to stderr`, async t => {
    const { exited, stderr } = startProgram(t, '', { args: ['--eval', toCode(1, isInWorker)] })
    t.equal((await exited).code, 0)
    t.match(stderr(), /^line 1x+\n$/)
  })

  test(`a full pipe that nobody reads holds up nothing: ${where}`, async t => {
    const path = `${t.testdir()}/pipe`
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stderr = openSync(path, constants.O_WRONLY)
    const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    t.teardown(() => [reader, stderr, filler].forEach(closeSync))
    t.throws(() => {
      for (;;) writeSync(filler, Buffer.alloc(4096))
    })
    await checkEnd(t, isInWorker, ['ignore', 'ignore', stderr])
  })

  // What Node.js makes for a child process is a socket; the child's end blocks, unless somebody changes that.
  test(`a socket that nobody reads holds up nothing: ${where}`, async t => {
    await checkEnd(t, isInWorker, ['ignore', 'ignore', 'pipe'])
  })
}

test('a stderr that is closed disturbs nothing', async t => {
  const code = `require('node:fs').closeSync(2); ${toCode(3, false)}`
  t.equal((await startProgram(t, '', { args: ['--eval', code] }).exited).code, 0)
})

/** A process that writes 1 MB to such a stderr ends. */
async function checkEnd(t: Test, isInWorker: boolean, stdio: StdioOptions): Promise<void> {
  // By a shell, as what tap loads into a Node.js that it sees started changes its stderr.
  const words = ['-c', 'NODE_OPTIONS= exec "$0" --eval "$1"', process.execPath]
  const child = spawn('sh', [...words, toCode(1000, isInWorker)], { stdio })
  t.teardown(() => child.kill('SIGKILL'))
  await waitFor(() => child.exitCode !== null, 'the end')
  t.equal(child.exitCode, 0)
}
