/** The program `zmq-pub`: stdin to collector. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'

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
  const args = ['--address', 'tcp://127.0.0.1:1', '--close-timeout-ms', '50']
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
