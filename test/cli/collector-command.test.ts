import { resolve } from 'node:path'
import { test } from 'tap'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { helpText } from '../../lib/cli/help-text.ts'
import {
  collectorDefaults,
  type ResolvedSettings
} from '../../lib/collector/options/collector-options.ts'
import { toFlag } from '../../lib/options/flags.ts'

const prefix = 'ZMQ_PUB_COLLECTOR_'

function parse(args: string[], env: NodeJS.ProcessEnv = {}): ResolvedSettings {
  const command = parseCommandLine(args, env)
  if (command.name !== 'run') throw new Error(`got ${command.name}`)
  const { outputs, ...settings } = command.options
  if (outputs.length !== 1) throw new Error(`got ${outputs.length} outputs`)
  return settings
}

test('without anything the defaults hold', async t => {
  t.strictSame(parse([], { PATH: '/bin', ZMQ_PUB_COLLECTOR: 'x' }), collectorDefaults)
})

test('every option is a flag, an environment variable and a key of the file', async t => {
  const lists = {
    bind: ['tcp://*:1', 'tcp://*:2'],
    bindPlain: ['tcp://*:5', 'tcp://*:6'],
    connect: ['tcp://a:3', 'tcp://b:4'],
    publish: ['tcp://127.0.0.1:3', 'ipc://live'],
    topic: ['web', 'shop'],
    uiName: ['logs.example.com', 'logs']
  }
  const single = {
    file: 'x/{date}.txt',
    rotate: 'hourly',
    metrics: '[::1]:9464',
    ui: '127.0.0.1:8558',
    timezone: 'Asia/Kathmandu',
    format: 'text',
    text: '{level} {msg}',
    maxSize: 2000,
    keepFiles: 7,
    keepDays: 30,
    keepBytes: 5 * 1024 ** 3,
    symlink: 'current.log',
    timeKey: 'time',
    levelKey: 'severity',
    messageKey: 'message',
    maxOpenFiles: 10,
    idleClose: 60,
    fileMode: '0640',
    dirMode: '2750',
    curveSecretKey: 'own.key_secret',
    authorizedKeys: 'clients',
    pinNames: 'app,host'
  }
  const given = { ...lists, ...single, compress: true, fsync: true, insecure: true }
  const expected = {
    ...given,
    compress: 'gzip',
    curveSecretKey: resolve('own.key_secret'),
    authorizedKeys: resolve('clients'),
    pinNames: ['app', 'host'],
    allowAnyClient: false
  }
  const args = [
    ...Object.entries(lists).flatMap(([name, values]) =>
      values.map(value => `--${toFlag(name)}=${value}`)
    ),
    ...Object.entries(single).flatMap(([name, value]) => [`--${toFlag(name)}`, String(value)]),
    '--compress',
    '--fsync',
    '--insecure'
  ]
  t.strictSame(parse(args), expected)
  const env = Object.entries(given).map(([name, value]) => [
    prefix + toFlag(name).replaceAll('-', '_').toUpperCase(),
    Array.isArray(value) ? value.join(' , ') : String(value)
  ])
  t.strictSame(parse([], Object.fromEntries(env)), expected)
  const dir = t.testdir({ 'config.json': JSON.stringify(given) })
  t.strictSame(parse(['--config', `${dir}/config.json`]), expected)
})

test('any client may be allowed by flag, environment and file, in place of a list', async t => {
  const own = { curveSecretKey: 'own.key_secret' }
  const dir = t.testdir({ 'c.json': JSON.stringify({ ...own, allowAnyClient: true }) })
  const env = { [`${prefix}ALLOW_ANY_CLIENT`]: '1' }
  for (const settings of [
    parse(['--curve-secret-key', own.curveSecretKey, '--allow-any-client']),
    parse(['--curve-secret-key', own.curveSecretKey], env),
    parse(['--config', `${dir}/c.json`])
  ]) {
    t.equal(settings.allowAnyClient, true)
    t.strictSame(settings.bind, ['tcp://*:5558'])
  }
})

test('how files are compressed is said behind an equals sign', async t => {
  for (const [arg, compress] of [
    ['--compress', 'gzip'],
    ['--compress=gzip', 'gzip'],
    ['--compress=true', 'gzip'],
    ['--compress=false', '']
  ] as const) {
    t.equal(parse([arg]).compress, compress)
  }
  t.equal(parse([], { [`${prefix}COMPRESS`]: 'false' }).compress, '')
  t.throws(() => parse(['--compress=lz4']), { message: /--compress must be .*, got 'lz4'$/ })
  t.throws(() => parse(['--compress', 'gzip']), { message: /unexpected argument 'gzip'/ })
})

test('a switch that is off on the command line wins over the environment', async t => {
  t.equal(parse(['--fsync=false'], { [`${prefix}FSYNC`]: 'true' }).fsync, false)
})

for (const [value, fsync] of [
  ['1', true],
  ['TRUE', true],
  ['0', false],
  ['false', false]
] as const) {
  test(`the environment may say ${value} for ${fsync}`, async t => {
    t.equal(parse([], { [`${prefix}FSYNC`]: value }).fsync, fsync)
  })
}

test('an empty environment variable counts as not set', async t => {
  const env = { [`${prefix}FILE`]: '', [`${prefix}BIND`]: '', [`${prefix}FSYNC`]: '' }
  t.strictSame(
    parse([], { ...env, [`${prefix}CONFIG`]: '', [`${prefix}TYPO`]: '' }),
    collectorDefaults
  )
  const dir = t.testdir({ 'config.json': '{ "file": "c.log" }' })
  t.equal(parse(['--config', `${dir}/config.json`], env).file, 'c.log')
})

test('a comma too many in the environment adds nothing', async t => {
  t.strictSame(parse([], { [`${prefix}TOPIC`]: 'web, ,shop,' }).topic, ['web', 'shop'])
})

test('a flag wins over the environment, which wins over the file', async t => {
  const dir = t.testdir({
    'config.json': '{ "file": "c.log", "format": "text", "rotate": "hourly", "topic": "c" }'
  })
  const env = { [`${prefix}FILE`]: 'e.log', [`${prefix}ROTATE`]: 'weekly', [`${prefix}TOPIC`]: 'e' }
  const args = ['--file', 'f.log', '--topic', 'f', '--config', `${dir}/config.json`]
  t.strictSame(parse(args, env), {
    ...collectorDefaults,
    file: 'f.log',
    topic: ['f'],
    rotate: 'weekly',
    format: 'text'
  })
})

test('the file may be named by the environment, and a flag names another', async t => {
  const dir = t.testdir({ 'a.json': '{ "format": "text" }', 'b.json': '{}' })
  const env = { [`${prefix}CONFIG`]: `${dir}/a.json` }
  t.equal(parse([], env).format, 'text')
  t.equal(parse([`--config=${dir}/b.json`], env).format, 'ndjson')
})

test('a flag that is given twice but takes one value has the last', async t => {
  t.equal(parse(['--file', 'a', '--file', 'b']).file, 'b')
})

test('help and version are asked for instead of a run, whatever else is wrong', async t => {
  const env = { [`${prefix}RUBBISH`]: 'x' }
  t.strictSame(parseCommandLine(['--rotate', 'x', '--help'], env), { name: 'help' })
  t.strictSame(parseCommandLine(['--version'], env), { name: 'version' })
})

test('the help names every option and its default', async t => {
  for (const name of Object.keys(collectorDefaults))
    t.match(helpText, new RegExp(`^  --${toFlag(name)}\\b`, 'm'))
  for (const name of ['bind', 'file', 'rotate', 'timezone', 'format'] as const) {
    t.match(helpText, `[${String(collectorDefaults[name])}]`)
  }
})

const serviceLinks = [
  'SERVICE_HOST',
  'SERVICE_PORT',
  'SERVICE_PORT_LOGS',
  'PORT',
  'PORT_5558_TCP',
  'PORT_5558_TCP_PROTO',
  'PORT_5558_TCP_PORT',
  'PORT_5558_TCP_ADDR'
]

test('what Kubernetes sets for a service of this name is left alone', async t => {
  const env = serviceLinks.map(name => [prefix + name, 'tcp://10.0.0.1:5558'])
  t.strictSame(parse([], Object.fromEntries(env)), collectorDefaults)
})

const refused: [args: string[], env: Record<string, string>, message: string][] = [
  [['--bnd', 'tcp://*:1'], {}, "unknown option --bnd (did you mean '--bind'?); see --help$"],
  [['--tpoic=x'], {}, "unknown option --tpoic (did you mean '--topic'?); see --help$"],
  [['--constructor'], {}, 'unknown option --constructor; see --help$'],
  [['-h'], {}, 'unknown option -h'],
  [
    ['collector.json'],
    {},
    "unexpected argument 'collector.json'; give a configuration file with --config, a log with --file, an address with --bind; see --help"
  ],
  [['--', '--help'], {}, "unexpected argument '--help'; give a configuration file with"],
  [['--bind'], {}, '--bind needs a value; see --help'],
  [['--topic', 'a', '--topic'], {}, '--topic needs a value; see --help'],
  [['--config'], {}, '--config needs a value; see --help'],
  [['--help=yes'], {}, "--help must be given alone, or as --help=true or --help=false, got 'yes'"],
  [[], { FSYNC: 'yes' }, "ZMQ_PUB_COLLECTOR_FSYNC must be true or false, got 'yes'"],
  [['--bind-plain', 'ipc://a'], {}, '--bind-plain must be given with --curve-secret-key: '],
  [
    [],
    { AUTHORIZED_KEYS: 'clients' },
    'ZMQ_PUB_COLLECTOR_AUTHORIZED_KEYS must be given with ZMQ_PUB_COLLECTOR_CURVE_SECRET_KEY: '
  ],
  [['--rotate='], {}, "--rotate must be one of 'daily', .*, got ''"],
  [['--bind', 'tcp://a:1,tcp://b:2'], {}, '--bind must be an address'],
  [['--rotate=x'], { ROTATE: 'daily' }, "--rotate must be .* got 'x'"],
  [[], { ROTATE: 'x' }, "ZMQ_PUB_COLLECTOR_ROTATE must be .* got 'x'"],
  [[], { BIND: ',' }, 'ZMQ_PUB_COLLECTOR_BIND must be an address'],
  [
    [],
    { TOPICS: 'x' },
    "unknown environment variable ZMQ_PUB_COLLECTOR_TOPICS (did you mean 'ZMQ_PUB_COLLECTOR_TOPIC'?)"
  ],
  [[], { HELP: '1' }, 'unknown environment variable ZMQ_PUB_COLLECTOR_HELP']
]

for (const [args, given, message] of refused) {
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [prefix + name, value])
  )
  test(`refused: ${[...args, ...Object.keys(env)].join(' ')}`, async t => {
    const pattern = message.replaceAll(/[?()]/g, String.raw`\$&`)
    t.throws(() => parse(args, env), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: new RegExp(`^ERR_ZMQ_PUB_OPTION: ${pattern}`)
    })
  })
}

const badFiles: [what: string, json: string, code: string, message: RegExp][] = [
  ['no JSON', '{ bind', 'CONFIG', /bad\.json is not valid: line 1, column 3: /],
  ['an array', '[]', 'CONFIG', /bad\.json must contain a JSON object, such as \{ "bind": /],
  ['an unknown key', '{ "formt": "text" }', 'CONFIG', /'formt' in .*bad\.json \(.*'format'\?\)$/],
  ['the name of another file', '{ "config": "x" }', 'CONFIG', /key 'config' in .*bad\.json/],
  ['a wrong value', '{ "rotate": 5 }', 'OPTION', /: rotate in .*bad\.json must be one of .*5$/]
]

for (const [what, json, code, message] of badFiles) {
  test(`a configuration file with ${what} is refused`, async t => {
    const dir = t.testdir({ 'bad.json': json })
    const run = (): unknown => parse(['--config', `${dir}/bad.json`])
    t.throws(run, { code: `ERR_ZMQ_PUB_${code}`, message })
  })
}

test('a configuration file that is not there is refused with the cause', async t => {
  t.throws(() => parse(['--config', `${t.testdir()}/no.json`]), {
    code: 'ERR_ZMQ_PUB_CONFIG',
    message:
      /^ERR_ZMQ_PUB_CONFIG: cannot read the configuration file .*no\.json: ENOENT.*; --config, or/,
    cause: { code: 'ENOENT' }
  })
})

test('outputs have no environment variable, and the message says where they stand', async t => {
  t.throws(() => parse([], { [`${prefix}OUTPUTS`]: '[]' }), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /outputs can only be set in a configuration file, not in ZMQ_PUB_COLLECTOR_OUTPUTS/
  })
})

test('a place in the file is named with the file', async t => {
  const dir = t.testdir({ 'c.json': '{ "outputs": [{ "file": "{x}.log" }] }' })
  t.throws(() => parse([`--config=${dir}/c.json`]), {
    message: `outputs[0].file in ${dir}/c.json has an unknown placeholder {x}`
  })
})
