import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import type { Test } from 'tap'

const module = new URL('../../lib/transport/events.js', import.meta.url).href

test('an event reaches the main thread as a message of thread-stream', async t => {
  const detail = { wire: 'batch', heldRecords: 5 }
  const worker = new Worker(
    `import('${module}').then(({ emitToApp }) =>
      emitToApp('subscribed', require('node:worker_threads').workerData.detail))`,
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

test('a thread-stream that does not know events is sent none; trouble is written to stderr', async t => {
  const code = `
    import { Worker } from 'node:worker_threads'
    const code = \`import('${module}').then(({ emitToApp }) => {
      emitToApp('subscribed', { wire: 'batch', heldRecords: 5 })
      emitToApp('dropped', { records: 5, totalRecords: 6, why: 'buffer full' })
    })\`
    const worker = new Worker(code, { eval: true, workerData: { workerData: {} } })
    worker.on('message', () => process.exit(1))`
  const { exited, stderr } = startProgram(t, '', { args: ['--input-type=module', '--eval', code] })
  t.equal((await exited).code, 0)
  t.equal(stderr(), 'zmq-pub: dropped {"records":5,"totalRecords":6,"why":"buffer full"}\n')
})

/** Emits 'undelivered' in a process of its own. @param before code that runs first */
function emitUndelivered(t: Test, detail: TransportEvents['undelivered'], before = ''): Program {
  const code = `import fs from 'node:fs'; import { emitToApp } from '${module}'
    ${before}; emitToApp('undelivered', ${JSON.stringify(detail)})`
  return startProgram(t, '', { args: ['--input-type=module', '--eval', code] })
}

const none = { records: 0, spooledRecords: 0, totalDropped: 0, why: 'no collector' }
const cases: [detail: TransportEvents['undelivered'], facts: string][] = [
  [{ ...none, records: 2 }, '2 undelivered and lost'],
  [{ ...none, spooledRecords: 3 }, '3 kept in the spool for the next start'],
  [
    { ...none, records: 2, spooledRecords: 3, totalDropped: 4 },
    '2 undelivered and lost, 3 kept in the spool for the next start, 4 dropped before'
  ]
]

for (const [detail, facts] of cases) {
  test(`what is undelivered is written to stderr: ${facts}`, async t => {
    const { exited, stderr } = emitUndelivered(t, detail)
    t.equal((await exited).code, 0)
    t.equal(stderr(), `zmq-pub: no collector; records: ${facts}\n`)
  })
}

test('a closed stderr does not end the process', async t => {
  const { exited } = emitUndelivered(t, { ...none, records: 2 }, 'fs.closeSync(2)')
  t.equal((await exited).code, 0)
})

test('a pipe that nobody reads does not hold up the end of the app', async t => {
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stderr = openSync(path, constants.O_WRONLY)
  const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  t.teardown(() => [reader, stderr, filler].forEach(closeSync))
  t.throws(() => {
    for (;;) writeSync(filler, Buffer.alloc(4096))
  })
  const code = `import('${module}').then(({ emitToApp }) =>
    emitToApp('undelivered', ${JSON.stringify({ ...none, records: 2 })}))`
  const child = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'ignore', stderr] })
  t.teardown(() => child.kill('SIGKILL'))
  t.strictSame(await once(child, 'exit'), [0, null])
})
