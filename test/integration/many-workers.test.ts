/** Many workers in one process: finds what a worker leaves behind in zeromq. */
import { join } from 'node:path'
import { pino } from 'pino'
import { test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startCollector } from '../helpers/collector.ts'
import { startCurveServer } from '../helpers/curve.ts'
import { endTransport, type TransportStream } from '../helpers/logger.ts'
import { root, startProgram } from '../helpers/program.ts'

const roundOf = (line: string): number => (JSON.parse(line) as { round: number }).round
const rounds = (count: number): number[] => Array.from({ length: count }, (_, round) => round)

test('60 transports start and end in one process', async t => {
  const { address, waitForLines } = await startCollector(t)
  for (let round = 0; round < 60; round++) {
    const stream: TransportStream = pino.transport({ target: 'zmq-pub', options: { address } })
    pino({}, stream).info({ round })
    await endTransport(stream)
  }
  t.same((await waitForLines(60)).map(roundOf), rounds(60))
})

// In processes of their own: what a terminated worker can do to its process, see docs/upstream.md.
// zeromq aborts the process where the worker is just inside a native call, seldom and on a loaded machine (docs/upstream.md):
// one of three runs must be spared. What we leave pending would abort each of them.
test('workers that are terminated when their records are acknowledged do not harm the process', async t => {
  for (let run = 1; run <= 3; run++) {
    const { address, waitForLines } = await startCollector(t)
    const env = { ADDRESS: address }
    const app = startProgram(t, 'test/fixtures/terminated-workers.js', { env })
    const { code, signal } = await app.exited
    if (signal === 'SIGABRT' && app.stderr().includes('Napi::Error') && run < 3) continue
    t.match({ code, signal }, { code: 0, signal: null }, app.stderr())
    t.same(
      (await waitForLines(10)).map(roundOf),
      rounds(10),
      'each acknowledged record is in the file'
    )
    return
  }
})

test('a logger that is kept survives garbage collections, and delivers', async t => {
  const { address, waitForLines } = await startCollector(t)
  const target = join(root, 'transport.js')
  const code = `
    const { pino } = require('pino')
    const { setTimeout: sleep } = require('node:timers/promises')
    const keep = []
    for (let round = 0; round < 3; round++) {
      keep.push(pino(pino.transport({ target: '${target}', options: { address: '${address}' } })))
    }
    sleep(1000).then(async () => {
      for (let count = 0; count < 10; count++) await sleep(20).then(gc)
      keep.forEach((logger, round) => logger.info({ round }))
    })`
  const args = ['--expose-gc', '--eval', code]
  const app = startProgram(t, '', { args, cwd: root })
  t.match(await app.exited, { code: 0 }, app.stderr())
  t.same(new Set((await waitForLines(3)).map(roundOf)), new Set(rounds(3)))
})

test('workers that are terminated without a collector do not harm the process', async t => {
  const env = { ADDRESS: 'tcp://127.0.0.1:1', CLOSE_TIMEOUT_MS: '50' }
  const app = startProgram(t, 'test/fixtures/terminated-workers.js', { env })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.same(app.stdout().trim().split('\n').map(Number), rounds(10))
})

test('workers that are terminated while their keys are refused do not harm the process', async t => {
  const server = await startCurveServer(t, () => undefined)
  const { publicKey, secretKey } = createKeyPair()
  const CURVE = JSON.stringify({
    serverKey: server.keys.publicKey,
    publicKey,
    secretKey: secretKey.reveal()
  })
  // Just after the first look at what answers.
  const env = { ADDRESS: server.address, CLOSE_TIMEOUT_MS: '2505', ROUNDS: '4', CURVE }
  const app = startProgram(t, 'test/fixtures/terminated-workers.js', { env })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.same(app.stdout().trim().split('\n').map(Number), rounds(4))
  t.ok(server.refused.length > 0)
})
