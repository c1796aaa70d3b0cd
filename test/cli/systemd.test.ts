/** What systemd-notify sends to systemd's socket, which a Python script reads. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().strip(), flush=True)
`

const isMissing = spawnSync('systemd-notify', ['--version']).error !== undefined

test(
  'systemd hears that the collector is ready, and again and again that it lives',
  { skip: isMissing && 'systemd-notify is not installed' },
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-')) // a socket's path must be short
    t.teardown(() => rmSync(folder, { recursive: true }))
    const socket = join(folder, 'notify')
    const systemd = startProgram(t, '', { command: 'python3', args: ['-c', listener, socket] })
    await waitFor(() => existsSync(socket), 'the socket')
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' }
    const collector = await startCollectorProgram(t, [], { env })
    const count = (word: string): number => systemd.stdout().split(word).length - 1
    await waitFor(() => count('READY=1') === 1 && count('WATCHDOG=1') >= 2, 'the words')
    t.equal(await collector.stop(), 0)
    t.notOk(collector.entries().some(({ msg }) => msg === 'cannot notify systemd'))
  }
)

for (const env of [{}, { NOTIFY_SOCKET: '' }]) {
  test(`where systemd has not started the collector it hears nothing: ${JSON.stringify(env)}`, async t => {
    const collector = await startCollectorProgram(t, [], { env: { PATH: '/nowhere', ...env } })
    t.equal(await collector.stop(), 0)
    t.notOk(collector.entries().some(({ msg }) => msg === 'cannot notify systemd'))
  })
}

test('a collector that can not tell systemd says so, and goes on', async t => {
  const env = { NOTIFY_SOCKET: `${t.testdir()}/none`, PATH: '/nowhere' }
  const collector = await startCollectorProgram(t, [], { env })
  t.match(await collector.waitForEntry('cannot notify systemd'), { reason: /systemd-notify/ })
  t.equal(await collector.stop(), 0)
})
