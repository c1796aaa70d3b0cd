import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { searchHelpText } from '../../lib/cli/search-help.ts'
import { run } from '../../lib/cli/search.ts'
import { captureOutput } from '../helpers/fake-terminal.ts'

function toLine(app: string, msg: string): string {
  return `${JSON.stringify({ level: 30, time: 1_764_000_000_000, hostname: 'web-1', name: app, msg })}\n`
}

const paid = toLine('shop', 'paid')
const failed = toLine('billing', 'failed')

function search(args: string[], env: NodeJS.ProcessEnv = {}) {
  return captureOutput(() => run(args, { ZMQ_PUB_COLLECTOR_TIMEZONE: 'utc', ...env }))
}

test('with --json the records that are found are written as they are in the files, and it ends with 0', async t => {
  const folder = t.testdir({ '2026-11-23.log.gz': gzipSync(paid), '2026-11-24.log': failed + paid })
  const file = ['--json', '--file', join(folder, '{date}.log')]
  t.strictSame(await search(file), { result: 0, stdout: paid + failed + paid, stderr: '' })
  t.strictSame(await search([...file, '--app', 'billing']), {
    result: 0,
    stdout: failed,
    stderr: ''
  })
  t.match(await search(['--count-by', 'app'], { ZMQ_PUB_COLLECTOR_FILE: file[2] }), {
    result: 0,
    stdout: /2.*shop\n.*1.*billing\n/
  })
})

test('without --json they are written to be read', async t => {
  const path = join(t.testdir({ 'all.log': paid }), 'all.log')
  const { stdout } = await search(['--file', path])
  t.match(stdout, /^\[[^{}\]]*16:00:00\D000\] INFO \(shop on web-1\): paid\n$/)
})

test('a search that finds nothing ends with 1 and writes nothing, as grep does', async t => {
  const folder = t.testdir({ '2026-11-24.log': paid })
  const found = await search(['--file', join(folder, '{date}.log'), '--grep', 'refunded'])
  t.strictSame(found, { result: 1, stdout: '', stderr: '' })
})

test('the path of one file is enough, whatever its name', async t => {
  const path = join(t.testdir({ 'copied.txt': paid }), 'copied.txt')
  t.strictSame(await search(['--json', '--file', path]), { result: 0, stdout: paid, stderr: '' })
})

test('a path without --file is refused, and the message names the flag', async t => {
  await t.rejects(search(['all.log', '--grep', 'paid']), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message:
      /unexpected argument 'all\.log'; give one log with --file, and what to find in it with --grep;/
  })
})

test('of a file whose last member is damaged, all records before the damage are found', async t => {
  const folder = t.testdir()
  const damaged = Buffer.concat([gzipSync(paid.repeat(3)), Buffer.from('not compressed')])
  writeFileSync(join(folder, '2026-11-23.log.gz'), damaged)
  const { result, stdout, stderr } = await search(['--json', '--file', join(folder, '{date}.log')])
  t.strictSame([result, stdout], [2, paid.repeat(3)])
  t.match(stderr, /incomplete, damaged or not readable \(incorrect header check\)/)
})

test('a file that can be read in part is searched that far and named on stderr, and it ends with 2', async t => {
  const folder = t.testdir({ '2026-11-24.log': paid })
  const whole = gzipSync(failed)
  writeFileSync(join(folder, '2026-11-23.log.gz'), whole.subarray(0, -8))
  const { result, stdout, stderr } = await search(['--json', '--file', join(folder, '{date}.log')])
  t.equal(result, 2)
  t.ok(stdout.endsWith(paid), 'the other file is searched')
  t.match(stderr, /^zmq-pub-collector: [^\n]*2026-11-23\.log\.gz[^\n]*\n$/)
})

test('a log without a file is trouble, and the message says what to give', async t => {
  const file = join(t.testdir({}), '{date}.log')
  t.strictSame(await search(['--file', file]), {
    result: 2,
    stdout: '',
    stderr: `zmq-pub-collector: ERR_ZMQ_PUB_FILE: no file of ${file} was found (rotate: daily); give --file, --rotate and --config as for the collector\n`
  })
})

test('--help is written to stdout, and nothing is searched', async t => {
  t.strictSame(await search(['--help', '--file', '/nowhere/{date}.log']), {
    result: 0,
    stdout: searchHelpText,
    stderr: ''
  })
})

test('wrong usage is an error before anything is written', async t => {
  const { result, stdout, stderr } = await captureOutput(() =>
    run(['--limt', '5'], {}).catch((error: unknown) => error)
  )
  t.match(result, { code: 'ERR_ZMQ_PUB_OPTION', message: /--limt.*did you mean '--limit'/ })
  t.equal(stdout + stderr, '')
})
