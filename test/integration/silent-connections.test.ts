/** Connections that never say what they are: each holds a file descriptor of the collector. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startCollector } from '../helpers/collector.ts'
import { loopback } from '../helpers/loopback.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'

/** Opens a connection that says nothing. @returns resolves when the collector has closed it */
async function beSilent(address: string): Promise<void> {
  const { hostname, port } = new URL(address.replace('tcp:', 'http:'))
  const socket = connect(Number(port), hostname).on('error', () => undefined)
  socket.resume()
  await once(socket, 'close')
}

test('a connection that says nothing is closed after 10 s, at plain and at secure addresses', async t => {
  const { secretPath } = writeKeyPair(t.testdir(), 'collector', createKeyPair())
  const { collector } = await startCollector(t, {
    curveSecretKey: secretPath,
    allowAnyClient: true,
    bindPlain: `tcp://${loopback}:*`
  })
  const start = performance.now()
  await Promise.all(collector.addresses.map(beSilent))
  const elapsedMs = performance.now() - start
  t.ok(elapsedMs > 9000 && elapsedMs < 25_000, `${elapsedMs} ms`)
})

const skip = process.platform === 'win32' && 'there is no such limit on Windows'

test(
  'silent connections that take all descriptors are told of, and an app gets in when they are closed',
  { skip },
  async t => {
    const folder = t.testdir()
    const { address, waitForEntry } = await startCollectorProgram(
      t,
      ['--file', join(folder, '{date}.log')],
      { prefix: ['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'] }
    )
    const silent = Promise.all(Array.from({ length: 90 }, () => beSilent(address)))
    await waitForEntry(/^no file descriptors left/)
    const pipe = startProgram(t, 'lib/cli/pipe.js', {
      args: ['--address', address, '--close-timeout-ms', '9000', '--spool', join(folder, 'spool')]
    })
    pipe.child.stdin?.write('arrived\n')
    await waitForEntry('sender connected')
    pipe.child.stdin?.end()
    t.equal((await pipe.exited).code, 0)
    await silent
  }
)
