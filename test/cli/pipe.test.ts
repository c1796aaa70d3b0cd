/** The program `zmq-pub`: stdin to collector. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

test('what an app writes to stdout arrives, whatever it is', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', join(folder, 'logs/{date}.log')])
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args: ['--address', address, '--tee'] })
  const rubbish = Buffer.from('{"level":30}\n\n\xff\xfe\0 no text\nünfinished', 'latin1')
  pipe.child.stdin?.end(rubbish)
  t.equal((await pipe.exited).code, 0)
  const file = readdirSync(join(folder, 'logs')).find(name => name.endsWith('.log')) ?? ''
  const expected = Buffer.concat([rubbish, Buffer.from('\n')])
  t.ok(readFileSync(join(folder, 'logs', file)).equals(expected))
  t.match(pipe.stdout(), '{"level":30}\n\n')
})

test('flags name the members with level, time and message: filters, paths and text use them', async t => {
  const folder = t.testdir()
  const file = join(folder, '{level}.{topic}.log')
  const format = ['--format', 'text', '--timezone', 'utc']
  const { address } = await startCollectorProgram(t, ['--file', file, ...format])
  const flags = ['--level-key', 'lvl', '--time-key', 'ts', '--message-key', 'event']
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args: ['--address', address, ...flags] })
  pipe.child.stdin?.end(
    '{"ts":"1970-01-01T00:00:00Z","lvl":"crit","event":"db::slow","level":10}\n'
  )
  t.equal((await pipe.exited).code, 0)
  const [name = ''] = readdirSync(folder).filter(file => file.endsWith('.log'))
  t.match(name, /^fatal\.db\./)
  t.equal(
    readFileSync(join(folder, name), 'utf8'),
    '1970-01-01 00:00:00,000 | CRITICAL | db | slow level=10\n'
  )
})

test('what could not be delivered is said, with exit code 1', async t => {
  const args = ['--tee', '--address', 'tcp://127.0.0.1:1', '--close-timeout-ms', '50']
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args })
  pipe.child.stdin?.end('one\ntwo\n')
  t.equal((await pipe.exited).code, 1)
  t.match(JSON.parse(pipe.stderr()), { event: 'undelivered', records: 2 })
})

test('SIGTERM makes it send what it has read, and end', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args: ['--address', address] })
  pipe.child.stdin?.write('first\nsecond without its newline')
  await waitForLines(() => readFolder(folder), 1)
  pipe.child.kill('SIGTERM')
  t.equal((await pipe.exited).code, 0)
  t.equal(readFolder(folder), 'first\nsecond without its newline\n')
})

test('more SIGTERMs do not end it before it has said what it loses', async t => {
  const args = ['--tee', '--address', 'tcp://127.0.0.1:1', '--close-timeout-ms=500']
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args })
  pipe.child.stdin?.write('held\n')
  await waitFor(() => pipe.stdout() !== '', 'the line')
  const timer = setInterval(() => pipe.child.kill('SIGTERM'), 10)
  t.match(await pipe.exited, { code: 1, signal: null })
  clearInterval(timer)
  t.match(pipe.stderr(), '"event":"undelivered"')
})

for (const [stdout, redirection] of [
  ['nobody reads any more', 'mkfifo closed; (: <closed) & exec "$@" >closed'],
  ['nobody reads', 'mkfifo unread; exec 4<>unread; exec "$@" >unread'],
  ['a full disk refuses', 'exec "$@" >/dev/full']
] as const) {
  test(`lines are delivered, also where --tee writes what ${stdout}`, async t => {
    const folder = t.testdir()
    const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
    const script = join(root, 'lib/cli/pipe.js')
    const options = ['--address', address, '--tee', '--stall-ms=100']
    const args = ['-c', redirection, 'sh', process.execPath, script, ...options]
    const pipe = startProgram(t, '', { command: 'sh', args })
    const count = 2000
    for (let line = 0; line < count; line++) pipe.child.stdin?.write(`${line} ${'x'.repeat(100)}\n`)
    await waitForLines(() => readFolder(folder), count)
    pipe.child.stdin?.end('last\n')
    t.equal((await pipe.exited).code, 0)
    t.equal((await waitForLines(() => readFolder(folder), count + 1)).length, count + 1)
    const events = pipe.stderr().split('\n').slice(0, -1)
    const names = events.map(line => (JSON.parse(line) as { event: string }).event)
    t.ok(names.includes('teeTrouble') && names.includes('teeMissed'), names.join(', '))
  })
}

test('an input that breaks is said, with exit code 1, and what was read is sent', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const server = createServer({ pauseOnConnect: true })
  t.teardown(() => server.close())
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const app = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [input] = (await once(server, 'connection')) as [Socket]
  const args = [join(root, 'lib/cli/pipe.js'), '--address', address]
  const child = spawn(process.execPath, args, { stdio: [input, 'ignore', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.on('data', chunk => (stderr += String(chunk)))
  const closed = once(child, 'close')
  input.destroy()
  app.write('read\n')
  await waitForLines(() => readFolder(folder), 1)
  app.resetAndDestroy()
  t.strictSame(await closed, [1, null])
  t.match(stderr, /"event":"stdinTrouble","message":".*ECONNRESET/)
  t.equal(readFolder(folder), 'read\n')
})

for (const { args, code, says } of [
  { args: ['--help'], code: 0, says: 'Usage: node app.js | zmq-pub' },
  { args: ['--version'], code: 0, says: '0.' },
  { args: ['--adress', 'x'], code: 2, says: "unknown option --adress (did you mean '--address'?)" },
  { args: ['--level-key', ''], code: 2, says: "--level-key must be the name of a record's member" },
  { args: ['--batch-ms', 'soon'], code: 2, says: '--batch-ms must be a whole number' }
]) {
  test(`${args.join(' ')} is answered with exit code ${code}`, async t => {
    t.testdir()
    const pipe = startProgram(t, 'lib/cli/pipe.js', { args })
    t.equal((await pipe.exited).code, code)
    t.match(pipe.stdout() + pipe.stderr(), says)
  })
}

test('with --quiet zmq-pub says only what is lost', async t => {
  const args = ['--address', 'tcp://127.0.0.1:1', '--quiet', '--close-timeout-ms=6000']
  const pipe = startProgram(t, 'lib/cli/pipe.js', { args })
  pipe.child.stdin?.end('one\n') // it waits for longer than it takes to find that nobody answers
  t.equal((await pipe.exited).code, 1)
  const [line, ...others] = pipe.stderr().split('\n')
  t.match(JSON.parse(line ?? ''), { event: 'undelivered', records: 1 })
  t.strictSame(others, [''])
})
