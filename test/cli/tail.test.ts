/** What `tail` does before it connects; test/integration/tail.test.ts shows the rest, which takes a process of its own. */
import { test } from 'tap'
import { tailHelpText } from '../../lib/cli/tail-arguments.ts'
import { run } from '../../lib/cli/tail.ts'
import { captureOutput } from '../helpers/fake-terminal.ts'

test('--help is written to stdout, and nothing is connected', async t => {
  t.strictSame(await captureOutput(() => run(['--help', '--connect', 'tcp://127.0.0.1:1'], {})), {
    result: 0,
    stdout: tailHelpText,
    stderr: ''
  })
})

const refused: [args: string[], env: NodeJS.ProcessEnv, code: string, message: RegExp][] = [
  [['--connect', 'tcp://*:5559'], {}, 'ERR_ZMQ_PUB_OPTION', /--connect must be one host and one/],
  [['--connect', 'logs:5559'], {}, 'ERR_ZMQ_PUB_OPTION', /--connect /],
  [['--connect', 'tcp://logs:99999'], {}, 'ERR_ZMQ_PUB_OPTION', /--connect /],
  [['--level', 'loud'], {}, 'ERR_ZMQ_PUB_OPTION', /--level .*'loud'/],
  [['--jsn'], {}, 'ERR_ZMQ_PUB_OPTION', /did you mean '--json'/],
  [
    ['--curve-server-key-file', '/nowhere/a.key', '--curve-secret-key-file', '/nowhere/b'],
    {},
    'ERR_ZMQ_PUB_KEY',
    /cannot read \/nowhere\//
  ]
]

for (const [args, env, code, message] of refused) {
  test(`tail ${args.join(' ')} is refused before anything is connected`, async t => {
    const { result, stdout, stderr } = await captureOutput(() =>
      run(args, env).catch((error: unknown) => error)
    )
    t.match(result, { code, message })
    t.equal(stdout + stderr, '')
  })
}
