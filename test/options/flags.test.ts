import { test } from 'tap'
import { readFlags, type FlagKind } from '../../lib/options/flags.ts'

const kinds: Record<string, FlagKind> = {
  file: 'value',
  bind: 'list',
  fsync: 'switch',
  'max-bytes': 'value',
  v: 'switch',
  compress: 'choice'
}

const given: [args: string[], flags: Record<string, unknown>][] = [
  [[], {}],
  [['--'], {}],
  [['--file', 'a.log'], { file: 'a.log' }],
  [['--file=a.log'], { file: 'a.log' }],
  [['--file='], { file: '' }],
  [['--file', ''], { file: '' }],
  [['--file=a=b'], { file: 'a=b' }],
  [['--file=--fsync'], { file: '--fsync' }],
  [['--file', 'a', '--file', 'b'], { file: 'b' }],
  [['--max-bytes', '5'], { 'max-bytes': '5' }],
  [['--max-bytes', '-5'], { 'max-bytes': '-5' }],
  [['--bind', 'a'], { bind: ['a'] }],
  [['--bind', 'a', '--file', 'x', '--bind=b', '--bind='], { bind: ['a', 'b', ''], file: 'x' }],
  [['--bind', 'a,b'], { bind: ['a,b'] }],
  [['--fsync'], { fsync: true }],
  [['--fsync=true'], { fsync: true }],
  [['--fsync=false'], { fsync: false }],
  [['--compress'], { compress: true }],
  [['--compress=true'], { compress: true }],
  [['--compress=false'], { compress: false }],
  [['--compress=zstd'], { compress: 'zstd' }],
  [['--fsync', '--fsync', '-v'], { fsync: true, v: true }]
]

for (const [args, flags] of given) {
  test(`read: ${JSON.stringify(args)}`, async t => {
    t.strictSame(readFlags(args, kinds), flags)
  })
}

test('a message says how to give what was given without a flag', async t => {
  const advice = 'give a log with --file'
  t.throws(() => readFlags(['a.log'], kinds, advice), {
    message: `ERR_ZMQ_PUB_OPTION: unexpected argument 'a.log'; ${advice}; see --help`
  })
  t.throws(() => readFlags(['--fsync', 'true'], kinds, advice), {
    message: /unexpected argument 'true'; write --fsync=true; see --help$/
  })
})

const refused: [args: string[], message: string][] = [
  [['a.log'], "unexpected argument 'a.log'; see --help"],
  [['--fsync', 'true'], "unexpected argument 'true'; write --fsync=true; see --help"],
  [['--fsync', 'a.log'], "unexpected argument 'a.log'; see --help"],
  [['--file=x', 'true'], "unexpected argument 'true'; see --help"],
  [['--compress', 'zstd'], "unexpected argument 'zstd'; write --compress=zstd; see --help"],
  [['--compress', 'a.log'], "unexpected argument 'a.log'; see --help"],
  [['--compress=zstd', 'zstd'], "unexpected argument 'zstd'; see --help"],
  [['--file', 'a', 'b'], "unexpected argument 'b'; see --help"],
  [['--', '--fsync'], "unexpected argument '--fsync'; see --help"],
  [['-'], "unexpected argument '-'; see --help"],
  [['--file'], '--file needs a value; see --help'],
  [['--bind'], '--bind needs a value; see --help'],
  [['--file', '--fsync'], '--file needs a value; see --help'],
  [['--bind', '--file=a'], '--bind needs a value; see --help'],
  [['--bind', 'a', '--bind'], '--bind needs a value; see --help'],
  [
    ['--fsync=1'],
    "--fsync must be given alone, or as --fsync=true or --fsync=false, got '1'; see --help"
  ],
  [['--fsync='], "--fsync must be given alone, or as --fsync=true or --fsync=false, got ''"],
  [['--fil', 'x'], "unknown option --fil (did you mean '--file'?)"],
  [['--no-fsync'], "unknown option --no-fsync (did you mean '--fsync'?)"],
  [['--toString'], 'unknown option --toString'],
  [['--__proto__=x'], 'unknown option --__proto__'],
  [['-x'], 'unknown option -x'],
  [['-vx'], 'unknown option -x']
]

for (const [args, message] of refused) {
  test(`refused: ${args.join(' ')}`, async t => {
    t.throws(() => readFlags(args, kinds), { code: 'ERR_ZMQ_PUB_OPTION' })
    t.throws(() => readFlags(args, kinds), { message })
  })
}
