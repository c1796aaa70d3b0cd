import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parseTail, tailHelpText } from '../../lib/cli/tail-arguments.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'

const none = { level: 0, apps: [], hosts: [], topics: [] }

const taken: [args: string[], expected: object][] = [
  [[], { address: 'tcp://127.0.0.1:5559', filter: none, isJson: false, mayColor: true }],
  [['--connect', 'tcp://logs:1', '--json', '--no-color'], { isJson: true, mayColor: false }],
  [
    ['--app', 'a', '--app', 'b', '--host', 'h'],
    { filter: { ...none, apps: ['a', 'b'], hosts: ['h'] } }
  ],
  [['--topic', 'db.', '--level', 'warn'], { filter: { ...none, level: 40, topics: ['db.'] } }],
  [['--level', '35'], { filter: { ...none, level: 35 } }],
  [['--level', 'CRIT'], { filter: { ...none, level: 60 } }],
  [['--grep', 'a\\b'], { grep: /a\b/u }],
  [['--curve-server-key-file', 'c.key'], { curve: { serverKeyFile: ['c.key'] } }]
]

for (const [args, expected] of taken) {
  test(`tail ${args.join(' ')}`, async t => {
    t.match(parseTail(args, {}), expected)
  })
}

const refused: [args: string[], message: RegExp][] = [
  [['--level', 'loud'], /--level must be one of trace, .*, or a number; got 'loud'/],
  [['--connect', 'tcp://*:5559'], /--connect must be one host and one port/],
  [['--grep', '('], /--grep must be a regular expression as JavaScript has them, got '\(': /],
  [['--app', 'x'.repeat(5000)], /--app, --host and --topic must have at most 4000 bytes together/],
  [['--aps', 'x'], /unknown option --aps \(did you mean '--app'\?\)/],
  [['shop'], /unexpected argument 'shop'; give the address with --connect, an app with --app;/],
  [['--curve-secret-key', 'x'], /would show the key to all users/]
]

for (const [args, message] of refused) {
  test(`tail refuses ${args.join(' ').slice(0, 40)}`, async t => {
    t.throws(() => parseTail(args, {}), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}

test('keys may come from the environment', async t => {
  const request = parseTail([], { ZMQ_PUB_CURVE_SERVER_KEY_FILE: 'c.key' })
  t.match(request?.curve, { serverKeyFile: ['c.key'] })
})

test('--help has each flag of docs/live.md, and its commands', async t => {
  t.equal(parseTail(['--help'], {}), undefined)
  const page = readFileSync(join(root, 'docs/live.md'), 'utf8')
  const flags = [...tailHelpText.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = '']) => flag)
  t.ok(flags.length > 8)
  for (const flag of flags) t.ok(page.includes(flag), flag)
  t.match(tailHelpText, '[tcp://127.0.0.1:5559]')
  t.match(
    findBlock('docs/live.md', 'tail').code,
    'zmq-pub-collector --publish tcp://127.0.0.1:5559\n'
  )
  const [, keys = ''] =
    /\n(zmq-pub-collector tail [^]*)/.exec(findBlock('docs/live.md', 'keys').code) ?? []
  const words = keys.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(2)
  t.match(parseTail(words, {}), { address: 'tcp://logs:5559' })
})
