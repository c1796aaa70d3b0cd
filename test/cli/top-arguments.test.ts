import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'tap'
import { parseSearch } from '../../lib/cli/search-arguments.ts'
import { parseTop } from '../../lib/cli/top-arguments.ts'

test('without arguments the default log is looked at every second, in a live table', async t => {
  t.match(parseTop([], {}), {
    collector: { outputs: [{ file: resolve('logs/{date}.log') }] },
    isOnce: false,
    isJson: false,
    intervalMs: 1000
  })
})

test('flags, environment and file are those of the collector', async t => {
  const config = join(t.testdir(), 'collector.json')
  writeFileSync(config, '{ "file": "/logs/from-file-{date}.log", "bind": "tcp://127.0.0.1:1" }')
  const files: [args: string[], env: NodeJS.ProcessEnv, file: string][] = [
    [['--config', config], {}, '/logs/from-file-{date}.log'],
    [['--config', config, '--file', '/logs/{date}.log'], {}, '/logs/{date}.log'],
    [[], { ZMQ_PUB_COLLECTOR_CONFIG: config }, '/logs/from-file-{date}.log'],
    [['--once'], { ZMQ_PUB_COLLECTOR_FILE: '/logs/env-{date}.log' }, '/logs/env-{date}.log']
  ]
  for (const [args, env, file] of files) {
    t.equal(parseTop(args, env)?.collector.outputs[0]?.file, resolve(file))
  }
})

test('the configuration of a gateway is refused by all commands that look for a log', async t => {
  const config = join(t.testdir(), 'gateway.json')
  writeFileSync(config, '{ "outputs": [{ "nats": { "servers": "nats://127.0.0.1:1" } }] }')
  const error = (command: string): { code: string; message: string } => ({
    code: 'ERR_ZMQ_PUB_OPTION',
    message: `ERR_ZMQ_PUB_OPTION: ${command} needs the configuration of a collector or writer, got that of a gateway, which has no log: use that of a writer`
  })
  t.throws(() => parseTop(['--config', config], {}), error('top'))
  t.throws(() => parseSearch(['--config', config], {}, 0), error('search'))
})

test('one look, JSON and the interval are asked for', async t => {
  t.match(parseTop(['--once', '--json', '--interval=60'], {}), {
    isOnce: true,
    isJson: true,
    intervalMs: 60_000
  })
  t.equal(parseTop(['--help', '--once'], {}), undefined)
})

const refused: [args: string[], message: RegExp][] = [
  [['--interval', '0'], /--interval must be a whole number of seconds from 1 to 60, got '0'/],
  [['--interval', '0.5'], /got '0\.5'/],
  [['--interval', '61'], /got '61'/],
  [['--onse'], /did you mean '--once'/],
  [
    ['logs'],
    /unexpected argument 'logs'; give the collector's configuration file with --config, or/
  ]
]

for (const [args, message] of refused) {
  test(`${args.join(' ')} is refused`, async t => {
    t.throws(() => parseTop(args, {}), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}
