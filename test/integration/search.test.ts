/** `zmq-pub-collector search` as a program. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test, type Test } from 'tap'
import { searchHelpText } from '../../lib/cli/search-help.ts'
import { unsafeButNewline } from '../../lib/util/unsafe-characters.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'

const startMs = Date.parse('2026-11-23T07:00:00Z')

function toLine(index: number): string {
  const record = {
    level: index % 10 === 0 ? 50 : 30,
    time: startMs + index * 1000,
    hostname: 'web-1',
    name: index % 2 === 0 ? 'shop' : 'billing',
    order: index,
    msg: index % 10 === 0 ? 'order failed' : 'paid'
  }
  return `${JSON.stringify(record)}\n`
}

/** 300 records of the seconds from 07:00 on, in a compressed file and one that is still written. */
function makeLogs(t: Test): string {
  const lines = Array.from({ length: 300 }, (_, index) => toLine(index))
  return t.testdir({
    logs: {
      '2026-11-23.log.gz': gzipSync(lines.slice(0, 200).join('')),
      '2026-11-24.log': lines.slice(200).join('')
    }
  })
}

function run(cwd: string, args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, ZMQ_PUB_COLLECTOR_TIMEZONE: 'utc' }
  const command = [join(root, 'collector.js'), 'search', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd,
    env,
    encoding: 'utf8'
  })
  return { code: status, stdout, stderr }
}

const cases: [args: string[], wanted: (index: number) => boolean][] = [
  [['--grep', 'failed'], index => index % 10 === 0],
  [['--grep', '"order":1.,', '--grep', 'paid'], index => index > 10 && index < 20],
  [['--app', 'shop', '--level', 'error'], index => index % 10 === 0],
  [['--host', 'web-1', '--field', 'order=17'], index => index === 17],
  [['--not', 'app=shop', '--not', 'order=17'], index => index % 2 === 1 && index !== 17],
  [
    ['--since', '2026-11-23 07:03', '--until', '2026-11-23T07:04Z'],
    index => index >= 180 && index < 240
  ],
  [['--limit', '201'], index => index < 201]
]

for (const [args, wanted] of cases) {
  test(`search ${args.join(' ')} finds these records, the oldest file first`, async t => {
    const { code, stdout, stderr } = run(makeLogs(t), [...args, '--json'])
    const all = Array.from({ length: 300 }, (_, index) => index)
    t.equal(stdout, all.filter(wanted).map(toLine).join(''))
    t.strictSame([code, stderr], [0, ''])
  })
}

test('a search loads no logger, which takes longer than to search a small file', async t => {
  const print = `process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')))`
  const cwd = t.testdir({ 'loaded.cjs': print, 'a.log': toLine(1) })
  const args = ['--require', './loaded.cjs', join(root, 'collector.js'), 'search', '--json']
  const { stdout, stderr } = spawnSync(process.execPath, [...args, '--file', 'a.log'], {
    cwd,
    encoding: 'utf8'
  })
  t.equal(stdout, toLine(1))
  t.match(stderr, 'loaded.cjs')
  t.notMatch(stderr, /pino|sonic-boom|zeromq/)
})

test('a search finds the same without WebAssembly', async t => {
  const args = ['--jitless', join(root, 'collector.js'), 'search', '--json', '--grep', 'failed']
  const { stdout } = spawnSync(process.execPath, args, { cwd: makeLogs(t), encoding: 'utf8' })
  t.equal(stdout, Array.from({ length: 30 }, (_, index) => toLine(10 * index)).join(''))
})

test('the newest record comes first with --reverse', async t => {
  const { stdout } = run(makeLogs(t), ['--reverse', '--limit', '2', '--json'])
  t.equal(stdout, toLine(299) + toLine(298))
})

test('records are counted', async t => {
  const dir = makeLogs(t)
  t.equal(run(dir, ['--count-by', 'app']).stdout, '150 billing\n150 shop\n')
  t.equal(run(dir, ['--level', 'error', '--count-by', 'level']).stdout, '30 error\n')
  t.equal(
    run(dir, ['--count-by', 'minute', '--json', '--until', '2026-11-23 07:01']).stdout,
    '{"minute":"2026-11-23 07:00","count":60}\n'
  )
})

test('a search that finds nothing ends with 1', async t => {
  t.strictSame(run(makeLogs(t), ['--grep', 'nowhere']), { code: 1, stdout: '', stderr: '' })
})

test('a file that is cut off is searched up to there and named, and the exit code is 2', async t => {
  const dir = makeLogs(t)
  const path = join(dir, 'logs/2026-11-23.log.gz')
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, whole.length - 20))
  const { code, stdout, stderr } = run(dir, ['--json', '--grep', '"order":[12],'])
  t.equal(stdout, toLine(1) + toLine(2))
  t.match(stderr, `${path} is incomplete, damaged or not readable (unexpected end of file)`)
  t.equal(code, 2)
  const newest = run(dir, ['--json', '--reverse', '--limit', '1', '--until', '2026-11-23 07:03'])
  t.match(newest.stderr, `${path} is incomplete, damaged or not readable`)
  t.equal(newest.code, 2)
})

test('what a sender writes can not control a terminal', async t => {
  const hostile = '\u001B[2J\u009B1m\u202E'
  const record = {
    level: 30,
    time: startMs,
    msg: `${hostile}\n[07:00] INFO: fake`,
    [hostile]: hostile
  }
  const dir = t.testdir({
    logs: {
      '2026-11-23.log': `${JSON.stringify({ ...record, err: { stack: hostile } })}\n${hostile}\n`
    }
  })
  const { stdout } = run(dir, [])
  t.notMatch(stdout, new RegExp(`[${unsafeButNewline}]`))
  t.equal(stdout.split('\n').filter(line => /^\S/.test(line)).length, 2)
})

test('a log in the text format is searched by its entries', async t => {
  const entry = '2026-11-23 07:00:00,000 | ERROR | slow\n    Error: x\n        at y\n'
  const dir = t.testdir({
    logs: { '2026-11-23.log': `2026-11-23 06:00:00,000 | INFO | fine\n${entry}` }
  })
  t.equal(run(dir, ['--format', 'text', '--grep', 'Error: x']).stdout, entry)
  t.equal(run(dir, ['--format', 'text', '--level', 'error']).stdout, entry)
  t.strictSame(
    JSON.parse(run(dir, ['--format', 'text', '--since', '2026-11-23 07:00', '--json']).stdout),
    {
      level: 50,
      time: startMs,
      text: entry.trimEnd()
    }
  )
  const refused = run(dir, ['--format', 'text', '--field', 'a=1'])
  t.match(refused, { code: 2, stderr: /--field needs a log in the format ndjson/ })
})

test('with {app} in the path only the files of this app are searched', async t => {
  const dir = t.testdir({
    shop: { '2026-11-23.log': '{"a":1}\n' },
    b: { '2026-11-23.log': '{"b":1}\n' }
  })
  const args = ['--file', '{app}/{date}.log', '--json']
  t.equal(run(dir, [...args, '--app', 'Shop']).stdout, '{"a":1}\n')
  t.equal(run(dir, [...args, '--not', 'app=b']).stdout, '{"a":1}\n')
  t.equal(run(dir, ['--file', 'b/2026-11-23.log', '--json']).stdout, '{"b":1}\n')
})

const refused: [args: string[], message: RegExp][] = [
  [['--grep', '('], /--grep must be a regular expression .* put \\ before/],
  [['--since', 'yesterday'], /--since must be a duration before now such as 30s/],
  [['--since', '1h', '--until', '2h'], /--since must be before --until/],
  [['--level', 'loud'], /--level must be a level name/],
  [['--field', 'order'], /--field must be KEY=VALUE/],
  [['--not', 'order'], /--not must be KEY=VALUE/],
  [['--count-by', 'day'], /--count-by must be one of level, app/],
  [['--count-by', 'app', '--limit', '1'], /leave out --limit/],
  [['--limit', '0'], /--limit must be a whole number/],
  [['--output', '3'], /--output must be the number of an output \(0 = /],
  [['--file', 'other/{date}.log'], /no file of .*other\/\{date\}\.log was found/],
  [['--grap', 'x'], /unknown option --grap \(did you mean '--grep'\?\)/]
]

for (const [args, message] of refused) {
  test(`search ${args.join(' ')} is refused, with what to do`, async t => {
    const { code, stderr } = run(makeLogs(t), args)
    t.match(stderr, message)
    t.equal(code, 2)
  })
}

test('search | head ends quietly with 0', { skip: process.platform === 'win32' }, async t => {
  const dir = makeLogs(t)
  writeFileSync(join(dir, 'logs/2026-11-25.log'), toLine(0).repeat(200_000))
  const program = `"${process.execPath}" "${join(root, 'collector.js')}" search --json`
  const script = `(${program}; echo "code $?" >&2) | head -n 1`
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8' })
  t.equal(stdout, toLine(0))
  t.equal(stderr, 'code 0\n')
})

test(
  'a regular expression without an end is ended by Ctrl-C',
  { skip: process.platform === 'win32' },
  async t => {
    const dir = t.testdir({ logs: { '2026-11-23.log': `${'a'.repeat(60)}b\n`.repeat(200_000) } })
    const args = [join(root, 'collector.js'), 'search', '--grep', '(?:a+)+c', '--json']
    const { signal } = spawnSync(process.execPath, args, {
      cwd: dir,
      timeout: 3000,
      killSignal: 'SIGINT'
    })
    t.equal(signal, 'SIGINT')
  }
)

test('the commands of docs/search.md run, and the page has each flag of --help', async t => {
  const dir = makeLogs(t)
  const commands = findBlock('docs/search.md', 'recipes').code.trimEnd().split('\n')
  for (const command of commands) {
    const [, words = ''] = /^zmq-pub-collector search (.*?)(?: +#.*)?$/.exec(command) ?? []
    const args = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, bare]) => quoted ?? bare ?? ''
    )
    const { code, stderr } = run(dir, args)
    t.ok(code === 0 || code === 1, command)
    t.equal(stderr, '', command)
  }
  const page = readFileSync(join(root, 'docs/search.md'), 'utf8')
  const flags = searchHelpText.match(/--[a-z-]+/g) ?? []
  t.ok(flags.length > 20)
  for (const flag of flags) t.ok(page.includes(flag), flag)
})
