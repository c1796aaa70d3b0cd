import { once } from 'node:events'
import { connect } from 'node:net'
import type { Worker } from 'node:worker_threads'
import { test, type Test } from 'tap'
import { MetricsEndpoint } from '../../lib/collector/metrics-endpoint.ts'
import { parseHostPort } from '../../lib/util/host-port.ts'
import { idleMetricsSource } from '../helpers/idle-collector.ts'
import { waitFor } from '../helpers/wait.ts'

const source = idleMetricsSource()

/** An endpoint, its thread, and how often it has asked why the collector isn't ready. */
async function start(t: Test, troubles: string[] = []) {
  const workers: Worker[] = []
  const onWorker = (worker: Worker): void => void workers.push(worker)
  process.on('worker', onWorker)
  t.teardown(() => process.off('worker', onWorker))
  const endpoint = await MetricsEndpoint.open('127.0.0.1:0')
  t.teardown(() => endpoint.close())
  const asked = { count: 0 }
  const serve = (): void => {
    endpoint.serve(source, () => {
      asked.count++
      return troubles
    })
  }
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://${endpoint.address}${path}`)
    return { status: response.status, text: await response.text() }
  }
  return { endpoint, workers, asked, serve, get }
}

test('the thread asks the collector for numbers and troubles, and says that it starts before', async t => {
  const { serve, get } = await start(t, ['cannot write a'])
  t.strictSame(await get('/readyz'), { status: 503, text: 'not ready: starting\n' })
  serve()
  const notReady = { status: 503, text: 'not ready: cannot write a\n' }
  await waitFor(async () => (await get('/readyz')).text === notReady.text, 'the collector')
  t.match(await get('/metrics'), { status: 200, text: 'zmq_pub_duplicate_records_total 0\n' })
  t.strictSame(await get('/healthz'), { status: 200, text: 'ok\n' })
})

test('a flood of requests asks the collector a few times', async t => {
  const { endpoint, asked, serve, get } = await start(t)
  serve()
  await waitFor(async () => (await get('/readyz')).text === 'ready\n', 'the collector')
  asked.count = 0
  const { host, port } = parseHostPort(endpoint.address) ?? { host: '', port: 0 }
  const startedAt = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = connect({ host, port })
      const requests = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100)
      const last = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
      socket.write(requests + last)
      let text = ''
      socket.setEncoding('utf8').on('data', chunk => (text += chunk))
      await once(socket, 'close')
      return text.match(/^HTTP\/1.1 200/gm)?.length
    })
  )
  t.strictSame(new Set(answers), new Set([101]))
  const most = (performance.now() - startedAt) / 100 + 1
  t.ok(asked.count <= most, `${asked.count} times`)
})

test('where the collector does not answer, it does not live', async t => {
  const { workers, serve, get } = await start(t)
  serve()
  await waitFor(async () => (await get('/readyz')).text === 'ready\n', 'the collector')
  const [worker] = workers
  // Its thread hears nothing, as one that is blocked.
  worker?.removeAllListeners('message')
  const isDead = async (): Promise<boolean> =>
    (await get('/healthz')).text.startsWith('the collector has not answered within 4 s')
  await waitFor(isDead, 'the time to pass')
  t.equal((await get('/healthz')).status, 503)
})

test('a thread that has ended is started again, at the same address', async t => {
  const { endpoint, workers, serve, get } = await start(t)
  serve()
  const failed: unknown[] = []
  endpoint.onFailed = ({ message }, restartMs) => failed.push([message, restartMs])
  const { address } = endpoint
  await workers[0]?.terminate()
  await waitFor(
    () =>
      get('/readyz').then(
        ({ text }) => text === 'ready\n',
        () => false
      ),
    'it'
  )
  t.strictSame(failed, [['the thread of the metrics has ended', 1000]])
  t.equal(endpoint.address, address)
})
