/** What test/helpers/lean-children.ts keeps from programs and workers, so that tests take less time. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'

const skip = process.env['_TAPJS_PROCESSINFO_COVERAGE_'] !== '0' && 'coverage needs the hooks'

test('without coverage, programs and workers load nothing of tap', { skip }, async t => {
  const code = 'process.execArgv.concat(process.env.NODE_OPTIONS ?? []).join()'
  t.equal(execFileSync(process.execPath, ['-p', code], { encoding: 'utf8' }), `-p,${code}\n`)
  const post = `require('node:worker_threads').parentPort.postMessage(${code})`
  t.strictSame(await once(new Worker(post, { eval: true }), 'message'), [''])
})
