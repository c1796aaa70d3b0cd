import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import { findConfigProblems, readConfig } from '../../lib/cli/config-file.ts'
import { parseValidate } from '../../lib/cli/validate.ts'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'

/** A configuration file, and how each of its problems begins. */
const cases: [what: string, text: string, problems: string[]][] = [
  ['nothing is wrong with an empty object', '{}', []],
  [
    'nothing is wrong with these options',
    '{ "bind": ["tcp://*:1"], "insecure": true, "rotate": "never", "file": "x.log", "maxSize": "1g", "keepDays": 7 }',
    []
  ],
  [
    'all that is wrong is said at once',
    '{ "fil": "x", "rotate": "yearly", "format": "text", "keepFiles": -1 }',
    [
      "ERR_ZMQ_PUB_CONFIG: unknown key 'fil' in PATH (did you mean 'file'?)",
      'ERR_ZMQ_PUB_OPTION: rotate in PATH must be one of',
      'ERR_ZMQ_PUB_OPTION: keepFiles in PATH must be a whole number'
    ]
  ],
  [
    'options that contradict each other are a problem',
    '{ "rotate": "never", "file": "{date}.log", "maxSize": "1q" }',
    [
      'ERR_ZMQ_PUB_OPTION: maxSize in PATH must be a number of bytes',
      'ERR_ZMQ_PUB_OPTION: file in PATH must not contain {date} or {hour} when rotate in PATH'
    ]
  ],
  [
    'nothing is wrong with several outputs and a schema',
    '{ "$schema": "x.json", "compress": true, "outputs": [{ "file": "a/{app}.log" }, { "file": "b/{date}.log", "level": "warn", "topic": "db", "required": false }] }',
    []
  ],
  [
    'what is wrong with outputs is said with its place, all at once',
    '{ "file": "x.log", "outputs": [{ "fil": "a.log", "level": "loud" }, 5, { "file": "b/{ap}.log", "compress": 1, "required": false }] }',
    [
      "ERR_ZMQ_PUB_OPTION: unknown option 'outputs[0].fil in PATH' (did you mean 'file'?)",
      "ERR_ZMQ_PUB_OPTION: outputs[0].level in PATH must be one of 'trace', 'debug', 'info', 'warn', 'error', 'fatal' (or another logger's name for it), or a number, got 'loud'",
      'ERR_ZMQ_PUB_OPTION: outputs[1] in PATH must be an object, got 5',
      'ERR_ZMQ_PUB_OPTION: outputs[2].compress in PATH must be true, false',
      "ERR_ZMQ_PUB_OPTION: file in PATH can't be combined with outputs; set it in each of them",
      'ERR_ZMQ_PUB_OPTION: outputs[2].file in PATH has an unknown placeholder {ap} (did you mean'
    ]
  ],
  [
    'outputs that could have a file in common are a problem, and none that is required',
    '{ "outputs": [{ "file": "l/{app}.log", "required": false }, { "file": "l/x.log", "required": false }] }',
    [
      "ERR_ZMQ_PUB_OPTION: outputs[1].file in PATH and outputs[0].file in PATH must never be the same path, but 'l/x.log' and 'l/{app}.log' can be; use different folders",
      'ERR_ZMQ_PUB_OPTION: outputs in PATH must include at least one output with required: true'
    ]
  ],
  [
    'a link of one output that could be a file of another, or its link, is a problem',
    '{ "outputs": [{ "file": "l/{date}.log", "symlink": "x.log" }, { "file": "l/x.log", "rotate": "never", "symlink": "y" }, { "file": "l/z.txt", "symlink": "y" }] }',
    [
      "ERR_ZMQ_PUB_OPTION: outputs[1].file in PATH and outputs[0].symlink in PATH must never be the same path, but 'l/x.log' and 'x.log' can be",
      'ERR_ZMQ_PUB_OPTION: outputs[2].symlink in PATH and outputs[1].symlink in PATH must never be the same path'
    ]
  ],
  [
    'an address that other hosts can reach is a problem without keys',
    '{ "bind": "tcp://*:5558" }',
    [
      'ERR_ZMQ_PUB_OPTION: bind in PATH must be a loopback or ipc address as long as there are no keys'
    ]
  ],
  [
    'keys that are not valid are reported once',
    '{ "curveSecretKey": "", "authorizedKeys": 5, "pinNames": "app", "bindPlain": "ipc://a" }',
    [
      'ERR_ZMQ_PUB_OPTION: curveSecretKey in PATH must be the path of an existing key file',
      'ERR_ZMQ_PUB_OPTION: authorizedKeys in PATH must be the path of an existing folder or file with keys'
    ]
  ],
  [
    'outputs that are no list are a problem',
    '{ "outputs": {} }',
    ['ERR_ZMQ_PUB_OPTION: outputs in PATH must be a list with at least one object, got {}']
  ],
  ['what is no object is a problem', '[]', ['ERR_ZMQ_PUB_CONFIG: PATH must contain a JSON object']],
  [
    'what is no JSON is a problem',
    '{ "file": "x", }',
    ['ERR_ZMQ_PUB_CONFIG: PATH is not valid: line 1, column 16: property name expected, got }']
  ],
  [
    'a key that is given twice is a problem',
    '{\n  "keepDays": 7,\n  "keepDays": 70\n}',
    ['ERR_ZMQ_PUB_CONFIG: PATH is not valid: line 3, column 3: the key "keepDays" is given twice']
  ],
  [
    'nothing is wrong with comments and a byte order mark',
    '\uFEFF{ // ours\n "keepDays": 7 /* a week */ }',
    []
  ]
]

for (const [what, text, problems] of cases) {
  test(what, async t => {
    const path = `${t.testdir({ 'c.json': text })}/c.json`
    const found = findConfigProblems(path)
    t.equal(found.length, problems.length, found.join('\n'))
    for (const [index, problem] of problems.entries()) {
      t.ok(found[index]?.startsWith(problem.replaceAll('PATH', path)), found[index] ?? 'none')
    }
    const validation = startProgram(t, 'collector.js', { args: ['validate', `--config=${path}`] })
    t.match(await validation.exited, { code: problems.length === 0 ? 0 : 78 })
    t.equal(validation.stderr(), found.map(problem => `${problem}\n`).join(''))
    t.equal(validation.stdout(), problems.length === 0 ? `${path} is valid\n` : '')
  })
}

test('validate finds what would keep a collector from starting on this machine', async t => {
  const config = {
    bind: ['tcp://192.0.2.1:5558'],
    file: 'a-file/x.log',
    curveSecretKey: 'none.key_secret',
    authorizedKeys: 'clients'
  }
  const cwd = t.testdir({ 'c.json': JSON.stringify(config), 'a-file': '' })
  const args = ['validate', '--config', 'c.json']
  const validation = startProgram(t, 'collector.js', { args, cwd })
  t.match(await validation.exited, { code: 78 })
  t.match(validation.stderr().split('\n'), [
    /^ERR_ZMQ_PUB_FILE: cannot write .*a-file: ENOTDIR/,
    /^ERR_ZMQ_PUB_KEY: cannot read .*none\.key_secret \(--curve-secret-key\): ENOENT/,
    /^ERR_ZMQ_PUB_KEY: cannot read the authorized keys in .*clients \(--authorized-keys\): ENOENT/,
    /^ERR_ZMQ_PUB_ADDRESS: cannot use tcp:\/\/192\.0\.2\.1:5558: this machine has no such address/
  ])
})

for (const [what, options, warning] of [
  [
    'an empty folder of clients',
    { authorizedKeys: 'clients' },
    /^warning: .*clients must contain a \*\.key file of a client, got none: no client can connect\n$/
  ],
  ['keys without a list of clients', {}, /^warning: no client can connect: give the keys .*\n$/],
  ['keys for any client', { allowAnyClient: true }, /^$/]
] as const) {
  test(`validate warns of what lets no client connect, and exits with 0: ${what}`, async t => {
    const cwd = t.testdir({ clients: {} })
    const { secretPath } = writeKeyPair(cwd, 'collector', createKeyPair())
    const config = { bind: 'tcp://127.0.0.1:*', curveSecretKey: secretPath, ...options }
    writeFileSync(`${cwd}/c.json`, JSON.stringify(config))
    const args = ['validate', '--config', 'c.json']
    const validation = startProgram(t, 'collector.js', { args, cwd })
    t.match(await validation.exited, { code: 0 })
    t.match(validation.stderr(), warning)
    t.match(validation.stdout(), 'is valid')
  })
}

test('validate has nothing against what a running collector holds', async t => {
  const cwd = t.testdir()
  const file = `${cwd}/logs/x.log`
  const { address } = await startCollectorProgram(t, ['--file', file, '--rotate', 'never'])
  writeFileSync(`${cwd}/c.json`, JSON.stringify({ bind: address, file, rotate: 'never' }))
  const args = ['validate', '--config', `${cwd}/c.json`]
  t.match(await startProgram(t, 'collector.js', { args }).exited, { code: 0 })
})

test('a file that is not UTF-8 is a problem, and the message says so', async t => {
  const path = `${t.testdir()}/c.json`
  writeFileSync(path, Buffer.from('\uFEFF{}', 'utf16le'))
  t.strictSame(findConfigProblems(path), [
    `ERR_ZMQ_PUB_CONFIG: ${path} is not valid UTF-8; save it in that encoding`
  ])
})

test('a file that is not there is a problem', async t => {
  const path = `${t.testdir()}/none.json`
  t.match(findConfigProblems(path), [
    /cannot read the configuration file .*none\.json: ENOENT.*; --config, or the variable/
  ])
  t.throws(() => readConfig(path), { code: 'ERR_ZMQ_PUB_CONFIG' })
})

test('validate says how to give the file', async t => {
  t.throws(() => parseValidate(['c.json'], {}), {
    message: /unexpected argument 'c\.json'; give the file with --config; see --help$/
  })
})

for (const args of [[], ['--config=x.json', '--max-size=3q']]) {
  test(`validate takes a file and nothing else: ${args.join(' ')}`, async t => {
    const validation = startProgram(t, 'collector.js', { args: ['validate', ...args] })
    t.match(await validation.exited, { code: 2 })
    t.match(validation.stderr(), 'validate takes only --config FILE')
  })
}
