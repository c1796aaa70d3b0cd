import { resolve } from 'node:path'
import { test } from 'tap'
import {
  collectorDefaults,
  collectorOptionNames,
  parseCollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { logDefaults } from '../../../lib/collector/options/output-options.ts'

test('without options the defaults hold', async t => {
  const { outputs, ...settings } = parseCollectorOptions({})
  t.strictSame(settings, collectorDefaults)
  const file = resolve(logDefaults.file)
  t.strictSame(outputs, [{ ...logDefaults, file, level: 0, topic: [''], required: true }])
  t.strictSame(collectorOptionNames, Object.keys(collectorDefaults))
})

test('a collector that connects does not listen unless it is told to', async t => {
  const connect = 'tcp://app:5558'
  t.match(parseCollectorOptions({ connect }), { bind: [], connect: [connect] })
  t.strictSame(parseCollectorOptions({ connect, bind: 'ipc://a' }).bind, ['ipc://a'])
})

test('files stay where they are when the working directory changes', async t => {
  const before = process.cwd()
  const { outputs } = parseCollectorOptions({
    outputs: [{ file: 'a/x.log' }, { file: '/b/x.log' }]
  })
  process.chdir(t.testdir())
  t.teardown(() => process.chdir(before))
  t.strictSame(
    outputs.map(({ file }) => file),
    [resolve(before, 'a/x.log'), '/b/x.log']
  )
})

const refused: [name: string, value: unknown, expected: string][] = [
  ['bind', 'localhost:5558', "an address such as 'tcp:"],
  ['connect', [], "an address such as 'tcp:"],
  [
    'topic',
    '\0hidden',
    "a string that doesn't start with a NUL character, or a list of such values"
  ],
  ...['', 'a\0b', 'logs/', '.', 'logs/..'].map(
    path => ['file', path, 'the path of a file'] as [string, unknown, string]
  ),
  ['file', '-', "the path of a file: the collector doesn't write logs to stdout"],
  ['rotate', 'yearly', "one of 'daily', 'hourly', 'weekly', 'monthly', 'never'"],
  ['metrics', 'tcp://127.0.0.1:9464', "an address such as '127.0.0.1:9464'"],
  ['ui', 'http://127.0.0.1:8558', "an address such as '127.0.0.1:8558'"],
  [
    'uiName',
    'https://logs.example.com',
    "a name such as 'logs.example.com', or a list of such values"
  ],
  [
    'uiName',
    ['logs.example.com:8558'],
    "a name such as 'logs.example.com', or a list of such values"
  ],
  ['timezone', 'Mars/Olympus', "'local', 'utc' or an IANA name such as 'Europe/Berlin'"],
  ['format', 'xml', "one of 'ndjson', 'text'"],
  ['fsync', 'yes', 'true or false'],
  ['maxSize', '10 apples', "a number of bytes, or a size such as '100m'"],
  ['maxSize', -1, "a number of bytes, or a size such as '100m'"],
  ['keepBytes', '9999999t', "a number of bytes, or a size such as '100m'"],
  ['keepBytes', null, "a number of bytes, or a size such as '100m'"],
  ['keepFiles', 1.5, 'a whole number from 0 to 1000000'],
  ['keepDays', '7', 'a whole number from 0 to 1000000'],
  ['compress', 'lz4', "true, false,? (?:or )?'gzip'"],
  ['maxOpenFiles', 0, 'a whole number from 1 to 1000000'],
  ['idleClose', -1, 'a whole number from 0 to 31536000'],
  ['timeKey', 5, "the name of a record's member"],
  ['symlink', 'a\0b', 'a path'],
  ...['', '64', '0o640', 'rw-r-----', '440', '0240', '2640', '680', 640].map(
    mode =>
      ['fileMode', mode, 'octal digits that let the owner read and write'] as [
        string,
        unknown,
        string
      ]
  ),
  ...['', '75', '650', '550', '07750', 'rwx', 750].map(
    mode =>
      ['dirMode', mode, 'octal digits that let the owner read, write and enter'] as [
        string,
        unknown,
        string
      ]
  )
]

for (const [name, value, expected] of refused) {
  test(`${name} can't be ${JSON.stringify(value)}`, async t => {
    const given = { [name]: value } as Parameters<typeof parseCollectorOptions>[0]
    t.throws(() => parseCollectorOptions(given), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: new RegExp(`^ERR_ZMQ_PUB_OPTION: ${name} must be ${expected}`)
    })
  })
}

const faults: [
  what: string,
  given: Parameters<typeof parseCollectorOptions>[0],
  message: RegExp
][] = [
  ['no output', { outputs: [] }, /outputs must be a list with at least one object, got \[\]/],
  [
    'a link beside outputs',
    { symlink: 'x', outputs: [{ file: 'a.log' }] },
    /symlink can't be combined with outputs/
  ],
  [
    'an output with an unknown option',
    { outputs: [{ bind: 'x' } as object] },
    /unknown option 'outputs\[0\]\.bind'/
  ],
  [
    'a level that is none',
    { outputs: [{ level: -1 }] },
    /outputs\[0\]\.level must be one of 'trace', /
  ]
]

for (const [what, given, message] of faults) {
  test(`${what} is refused`, async t => {
    t.throws(() => parseCollectorOptions(given), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}

test('an output has what the collector was told for all, but where it says otherwise', async t => {
  const { outputs } = parseCollectorOptions({
    compress: true,
    rotate: 'weekly',
    keepFiles: 3,
    outputs: [
      { file: 'a/{date}.log', level: 'warn' },
      { file: 'b/{date}/{hour}.log', compress: false, keepFiles: 5, topic: 'db', required: false },
      { rotate: 'never' }
    ]
  })
  t.match(outputs, [
    {
      file: 'a/{date}.log',
      compress: 'gzip',
      rotate: 'weekly',
      keepFiles: 3,
      level: 40,
      topic: [''],
      required: true
    },
    { compress: '', rotate: 'hourly', keepFiles: 5, level: 0, topic: ['db'], required: false },
    { file: 'logs/zmq-pub.log', rotate: 'never' }
  ])
})

for (const [given, bytes] of [
  [0, 0],
  ['0', 0],
  [1500, 1500],
  ['10k', 10_240],
  ['2M', 2 * 1024 ** 2],
  ['3gb', 3 * 1024 ** 3],
  ['4TiB', 4 * 1024 ** 4]
] as const) {
  test(`a size of ${given} is ${bytes} bytes`, async t => {
    t.match(parseCollectorOptions({ maxSize: given, keepBytes: given }), {
      maxSize: bytes,
      keepBytes: bytes
    })
  })
}
