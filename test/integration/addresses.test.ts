/** What IP versions, the names of hosts, and ipc paths mean to whole programs. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { ownAddresses } from '../helpers/ip-version.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const canUnshare =
  process.platform === 'linux' && spawnSync('unshare', ['--mount', '--net', 'true']).status === 0
const needsRoot =
  !canUnshare && 'only root may change the names of hosts or the network, and only on Linux'

/** Not ::1, which the file of hosts also gives to those who look for IPv4. */
const own = ownAddresses.find(
  ({ address }) => address.includes(':') && address !== '::1' && !address.startsWith('fe80:')
)?.address
const noAddress = own === undefined && 'this machine has no IPv6 address'
/** By address, the names of hosts. */
const hosts = `127.0.0.1 localhost both\n${own} both only-six\n`

const reached: [bind: string, host: string][] = [
  ['tcp://*:*', '127.0.0.1'],
  ['tcp://*:*', `[${own}]`],
  ['tcp://*:*', 'only-six'],
  [`tcp://[${own}]:*`, `[${own}]`],
  [`tcp://[${own}]:*`, 'only-six'],
  ['tcp://127.0.0.1:*', 'both'],
  ['tcp://127.0.0.1:*', 'localhost'],
  ['tcp://only-six:*', `[${own}]`]
]

for (const [bind, host] of reached) {
  const skip = noAddress || needsRoot
  test(`a collector at ${bind} is reached as ${host}`, { skip }, async t => {
    const folder = t.testdir({ hosts })
    /** Starts a script where the file of hosts is this test's. */
    const startThere = (script: string, args: string[]): ReturnType<typeof startProgram> => {
      const line = 'mount --bind hosts /etc/hosts; exec "$@"'
      const command = ['sh', '-c', line, 'sh', process.execPath, join(root, script), ...args]
      return startProgram(t, '', { command: 'unshare', args: ['--mount', ...command] })
    }
    const file = join(folder, 'logs', '{date}.log')
    const collector = startThere('collector.js', ['--bind', bind, '--insecure', '--file', file])
    const findPort = (): string | undefined =>
      /"address":"tcp:.*:(\d+)"/.exec(collector.stderr())?.[1]
    const port = await waitFor(findPort, 'the address')
    const pipe = startThere('lib/cli/pipe.js', ['--address', `tcp://${host}:${port}`])
    pipe.child.stdin?.end('arrived\n')
    t.equal((await pipe.exited).code, 0)
    t.strictSame(await waitForLines(() => readFolder(join(folder, 'logs')), 1), ['arrived'])
  })
}

test('a star is bound on a machine without IPv6', { skip: needsRoot }, async t => {
  t.testdir()
  const line = 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"'
  const command = [
    process.execPath,
    join(root, 'collector.js'),
    '--bind',
    'tcp://*:*',
    '--insecure'
  ]
  const args = ['--net', 'sh', '-c', line, 'sh', ...command]
  const collector = startProgram(t, '', { command: 'unshare', args })
  await waitFor(() => collector.stderr().includes('listening'), 'the address')
})

test('a second collector is refused at an ipc path, and the first one goes on', async t => {
  const folder = t.testdir()
  // Without the capitals of mkdtemp(): messages would hide the path, as it may be a key.
  const short = join(tmpdir(), `zmq-pub-${randomUUID().slice(0, 8)}`)
  mkdirSync(short)
  t.teardown(() => rmSync(short, { recursive: true }))
  const address = `ipc://${short}/socket`
  const toArgs = (name: string): string[] => [
    `--bind=${address}`,
    `--file=${join(folder, name, '{date}.log')}`
  ]
  await startCollectorProgram(t, toArgs('first'))
  const second = startProgram(t, 'collector.js', { args: toArgs('second') })
  t.equal((await second.exited).code, 1)
  t.match(second.stderr(), `cannot use ${address}: another process listens there; stop it`)
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args: ['--address', address] })
  pipe.child.stdin?.end('arrived\n')
  t.equal((await pipe.exited).code, 0)
  t.strictSame(await waitForLines(() => readFolder(join(folder, 'first')), 1), ['arrived'])
  const binding = startProgram(t, 'lib/cli/pipe.js', { args: ['--bind', '--address', address] })
  t.equal((await binding.exited).code, 1)
  t.match(binding.stderr(), `cannot bind ${address}: another process listens there; stop it`)
})
