import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'
import { findRoom, isWrittenDirectly } from '../../lib/transport/in-worker.ts'
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

for (const [what, written, read, room] of [
  ['nothing was logged', 0, 0, 1000],
  ['all is read', 300, 300, 700],
  ['something is not read', 500, 300, 500],
  ['there is none left', 1000, 900, 0],
  ['thread-stream has ended', -1, 300, 700]
] as const) {
  test(`the room in thread-stream's memory is known where ${what}`, async t => {
    const stateBuf = new SharedArrayBuffer(128)
    const state = new Int32Array(stateBuf)
    state[4] = written
    state[8] = read
    t.equal(findRoom({ dataBuf: new SharedArrayBuffer(1000), stateBuf }), room)
  })
}

for (const [what, data] of [
  ['no worker', null],
  ['another state', { dataBuf: new SharedArrayBuffer(1000), stateBuf: {} }],
  ['a short state', { dataBuf: new SharedArrayBuffer(1000), stateBuf: new SharedArrayBuffer(8) }],
  ['another memory', { stateBuf: new SharedArrayBuffer(128) }]
] as const) {
  test(`no room is known with ${what}`, async t => {
    t.equal(findRoom(data), 0)
  })
}
