import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'
import { startProgram } from '../helpers/program.ts'

const module = new URL('../../lib/transport/in-worker.js', import.meta.url).href

test('an event reaches the main thread as a message of thread-stream', async t => {
  const detail = { wire: 'batch', heldRecords: 5 }
  const worker = new Worker(
    `import('${module}').then(({ sendToApp }) =>
      sendToApp('subscribed', require('node:worker_threads').workerData.detail))`,
    {
      eval: true,
      workerData: { detail, workerData: { $context: { threadStreamVersion: '2.2.0' } } }
    }
  )
  t.teardown(() => worker.terminate())
  t.strictSame(await once(worker, 'message'), [
    { code: 'EVENT', name: 'subscribed', args: [detail] }
  ])
})

test('a thread-stream that does not know events is sent none', async t => {
  const code = `
    import { Worker } from 'node:worker_threads'
    const code = \`import('${module}').then(({ sendToApp }) => {
      console.log(sendToApp('subscribed', { wire: 'batch', heldRecords: 5 }))
    })\`
    const worker = new Worker(code, { eval: true, workerData: { workerData: {} } })
    worker.on('message', () => process.exit(1))`
  const { exited, stdout } = startProgram(t, '', { args: ['--input-type=module', '--eval', code] })
  t.equal((await exited).code, 0)
  t.equal(stdout(), 'false\n')
})
