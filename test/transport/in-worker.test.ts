import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'
import { isWrittenDirectly } from '../../lib/transport/in-worker.ts'
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

const url = 'file:///app/node_modules/zmq-pub/transport.js'
const pinosModule = 'file:///app/node_modules/pino/lib/worker.js'
const options = { address: 'tcp://logs:5558' }
const own = { target: url, options }

for (const [what, data, isDirect] of [
  ['an only transport', { filename: url, workerData: options }, true],
  ['an only target', { filename: pinosModule, workerData: { targets: [own] } }, true],
  [
    'an only target, where pino says what else there is',
    { filename: pinosModule, workerData: { targets: [own], pipelines: [] } },
    true
  ],
  [
    'a target with a level',
    { filename: pinosModule, workerData: { targets: [{ ...own, level: 'info' }] } },
    false
  ],
  ['two targets', { filename: pinosModule, workerData: { targets: [own, own] } }, false],
  [
    'a target beside a pipeline',
    { filename: pinosModule, workerData: { targets: [own], pipelines: [[own]] } },
    false
  ],
  ['a pipeline', { filename: pinosModule, workerData: { pipelines: [[own]] } }, false],
  [
    'a module that passes its options on',
    { filename: 'file:///app/transport.js', workerData: options },
    false
  ],
  [
    'a module that is an only target, and opens another one',
    { filename: pinosModule, workerData: { targets: [{ options: { own: options } }] } },
    false
  ],
  ['no worker', null, false]
] as const) {
  test(`thread-stream ${isDirect ? 'writes' : 'does not write'} into the stream of ${what}`, async t => {
    t.equal(isWrittenDirectly(url, options, data), isDirect)
  })
}
