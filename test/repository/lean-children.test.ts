/** What test/helpers/lean-loading.ts and lean-children.ts leave out, so that tests take less time. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import module from 'node:module'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'

const skip = process.env['_TAPJS_PROCESSINFO_COVERAGE_'] !== '0' && 'coverage needs the hooks'

test('without coverage, tap registers no hooks for imports', { skip }, async t => {
  t.equal(module.register.length, 0)
})

test('without coverage, programs and workers load nothing of tap', { skip }, async t => {
  const code = 'process.execArgv.concat(process.env.NODE_OPTIONS ?? []).join()'
  t.equal(execFileSync(process.execPath, ['-p', code], { encoding: 'utf8' }), `-p,${code}\n`)
  const post = `require('node:worker_threads').parentPort.postMessage(${code})`
  t.strictSame(await once(new Worker(post, { eval: true }), 'message'), [''])
})
