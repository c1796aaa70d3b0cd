/** The commands that messages and pages tell people to type, typed. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { readCertificate } from '../../lib/curve/certificate-file.ts'
import { root, startProgram, type Program } from '../helpers/program.ts'
import { readFolder } from '../helpers/collector.ts'
import { waitFor } from '../helpers/wait.ts'

const collectorProgram = `'${process.execPath}' '${join(root, 'collector.js')}'`

/** Runs a line of a shell in a folder. */
function type(t: Test, cwd: string, line: string): Program {
  const runnable = line.replaceAll('zmq-pub-collector', collectorProgram)
  return startProgram(t, '', { command: 'sh', args: ['-c', runnable], cwd })
}

async function expectSuccess(t: Test, cwd: string, line: string): Promise<string> {
  const program = type(t, cwd, line)
  t.equal((await program.exited).code, 0, `${line}: ${program.stderr()}`)
  return program.stdout()
}

/** Starts a collector by a line, on any port, and waits until it listens. */
async function listen(
  t: Test,
  cwd: string,
  line: string
): Promise<{ address: string; log(): string }> {
  const anyPort = line.includes('--bind') ? line : `${line} --bind 'tcp://127.0.0.1:*'`
  const program = type(t, cwd, `exec ${anyPort.trim()}`) // so that the test's end kills it, not the shell alone
  const address = await waitFor(
    () =>
      /"address":"([^"]*)","mode":"(?:secure|open)","msg":"listening"/.exec(program.stderr())?.[1],
    'the address'
  )
  return { address, log: program.stderr }
}

/** Sends a line with the keys of a folder. */
async function send(t: Test, cwd: string, address: string, app: string): Promise<void> {
  const args = ['--address', address, '--curve-server-key-file', 'collector.key']
  const pipe = startProgram(t, 'lib/cli/pipe.js', {
    args: [...args, '--curve-secret-key-file', `${app}.key_secret`],
    cwd
  })
  pipe.child.stdin?.end('arrived\n')
  t.equal((await pipe.exited).code, 0, pipe.stderr())
}

test('a plain address for other hosts ends the start with 2, and the commands of the message work', async t => {
  const cwd = t.testdir()
  const refused = type(t, cwd, "zmq-pub-collector --bind 'tcp://*:*'")
  t.equal((await refused.exited).code, 2)
  const commands = refused.stderr().match(/^ {2}zmq-pub-collector .*$/gm) ?? []
  t.equal(commands.length, 3, refused.stderr())
  t.match(refused.stderr(), '--insecure')
  t.notOk(existsSync(join(cwd, 'logs')), 'nothing was made')
  const [first = '', second = '', third = ''] = commands
  await expectSuccess(t, cwd, first)
  await expectSuccess(t, cwd, second)
  const { address } = await listen(t, cwd, third)
  await send(t, cwd, address.replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1'), 'app')
  t.equal(readFolder(join(cwd, 'logs')), 'arrived\n')
  const insecure = type(
    t,
    join(t.testdirName),
    "exec zmq-pub-collector --bind 'tcp://*:*' --insecure --file x/{date}.log"
  )
  await waitFor(
    () => insecure.stderr().includes('"mode":"plain","msg":"listening"'),
    'a plain start'
  )
})

test('the six commands of the README make a connection between two hosts', async t => {
  const cwd = t.testdir({ logs: {}, app: {} })
  const [logs, app] = [join(cwd, 'logs'), join(cwd, 'app')]
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const block = /```sh[^\n]*\n(npx zmq-pub-collector keygen[^]*?)```/.exec(readme)?.[1] ?? ''
  const lines = block
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/^npx /, '').replace(/ +# .*$/, ''))
  t.equal(lines.length, 6)
  const [keys = '', folder = '', appKeys = '', fetch = '', give = '', start = ''] = lines
  await expectSuccess(t, logs, keys)
  await expectSuccess(t, logs, folder)
  await expectSuccess(t, app, appKeys)
  // The network is the file system here.
  const copy = (line: string): string => line.replace('scp', 'cp').replace('logs:', `${logs}/`)
  await expectSuccess(t, app, copy(fetch))
  await expectSuccess(t, app, copy(give))
  const { address, log } = await listen(t, logs, start)
  await send(t, app, address, 'shop')
  t.equal(readFolder(join(logs, 'logs')), 'arrived\n')
  t.notMatch(log(), '"level":40', 'without a warning')
})

test('what keygen says next works, and it never makes a key in the place of another', async t => {
  const cwd = t.testdir()
  const said = await expectSuccess(t, cwd, "zmq-pub-collector keygen logs --dir 'my keys'")
  const secretPath = join(cwd, 'my keys', 'logs.key_secret')
  const { secretKey } = readCertificate(secretPath).value
  t.notMatch(said, secretKey?.reveal())
  const again = type(t, cwd, "zmq-pub-collector keygen logs --dir 'my keys'")
  t.equal((await again.exited).code, 2)
  t.match(again.stderr(), /^zmq-pub-collector: ERR_ZMQ_PUB_KEY: .*it already exists/)
  mkdirSync(join(cwd, 'clients'))
  const [start = ''] = said.match(/^ {2}zmq-pub-collector .*$/m) ?? []
  const { log } = await listen(t, cwd, start)
  await waitFor(() => log().includes('no client can connect'), 'a word about the empty folder')
  t.notMatch(log(), secretKey?.reveal())
})

test('with keys and nobody who may connect, the start says so, and how to let them', async t => {
  const cwd = t.testdir()
  await expectSuccess(t, cwd, 'zmq-pub-collector keygen collector')
  const { log } = await listen(t, cwd, 'zmq-pub-collector --curve-secret-key collector.key_secret')
  await waitFor(() => log().includes('"level":40'), 'a warning')
  t.match(log(), /no client can connect.*--authorized-keys.*--allow-any-client/)
})

test('a key file that is not there, or open to others, is told at the start', async t => {
  const cwd = t.testdir()
  const missing = type(t, cwd, 'zmq-pub-collector --curve-secret-key none.key_secret')
  t.equal((await missing.exited).code, 2)
  t.match(
    missing.stderr(),
    /ERR_ZMQ_PUB_KEY: cannot read .*none\.key_secret \(--curve-secret-key\): ENOENT/
  )
  await expectSuccess(t, cwd, 'zmq-pub-collector keygen c && chmod 644 c.key_secret')
  const open = 'zmq-pub-collector --curve-secret-key c.key_secret --allow-any-client'
  const { log } = await listen(t, cwd, open)
  await waitFor(() => log().includes('"level":40'), 'a warning')
  t.match(log(), /other users may read or write it \(mode 0644\); run: chmod 600/)
  t.match(log(), '"mode":"open"')
})
