import { join } from 'node:path'
import { test } from 'tap'
import { canCompress } from '../../../lib/collector/files/compression.ts'
import {
  findPathFaults,
  logDefaults,
  resolveOutput,
  toLinkTemplate,
  type LogOptions,
  type ResolvedOutputOptions
} from '../../../lib/collector/options/output-options.ts'

function resolve(given: LogOptions): ResolvedOutputOptions {
  return resolveOutput(given, logDefaults, name => name)
}

/** The fault with a path; fails where there are several. */
function faultOf(given: LogOptions): string {
  const [fault = '', ...others] = findPathFaults(resolve(given), name => name)
  if (others.length > 0) throw new Error(others.join('; '))
  return fault
}

const files: [what: string, given: LogOptions, resolved: LogOptions][] = [
  [
    'a log that is never rotated has a name without a date',
    { rotate: 'never' },
    { file: 'logs/zmq-pub.log' }
  ],
  [
    'a path that is given is kept without rotation',
    { rotate: 'never', file: 'x.log' },
    { file: 'x.log' }
  ],
  [
    'a path that is given is kept with rotation',
    { rotate: 'daily', file: 'x.log' },
    { file: 'x.log' }
  ],
  ['a path with hours is rotated hourly', { file: '{date}/{hour}.log' }, { rotate: 'hourly' }]
]

for (const [what, given, resolved] of files) {
  test(what, async t => t.match(resolve(given), resolved))
}

const faults: [what: string, given: LogOptions, message: RegExp][] = [
  [
    '{date} without rotation',
    { rotate: 'never', file: '{date}.log' },
    /file must not contain \{date\} or \{hour\} when rotate is 'never', got '\{date\}\.log'/
  ],
  [
    'a date in the name of a link',
    { symlink: '{date}.log' },
    /symlink must not contain \{date\} or \{hour\}: .* got '\{date\}\.log'/
  ],
  [
    '{hour} without {date}',
    { file: '{hour}.log' },
    /file must contain \{date\} if it contains \{hour\}, got '\{hour\}\.log'/
  ],
  [
    '{hour} of a day',
    { file: '{date}/{hour}.log', rotate: 'daily' },
    /rotate must be 'hourly' if file contains \{hour\}, got 'daily'/
  ],
  [
    'a value at the end',
    { file: 'logs/{app}' },
    /file must end with an extension such as \.log after its last placeholder/
  ],
  ['a value as extension', { file: 'logs/x.{app}' }, /file must end with an extension/],
  [
    'an unknown placeholder',
    { file: '{host}/{data}.log' },
    /file has an unknown placeholder \{data\} \(did you mean '\{date\}'\?\)/
  ],
  [
    'an unknown placeholder of the link',
    { symlink: '{x}.log' },
    /symlink has an unknown placeholder \{x\}/
  ],
  [
    'one link for several logs',
    { file: 'logs/{app}.log', symlink: 'current' },
    /symlink must contain each placeholder that gives file several files in one folder, got 'current'/
  ],
  [
    'one link for all days',
    { file: 'logs/{date}/{app}.log', symlink: 'current' },
    /symlink must contain each/
  ]
]

for (const [what, given, message] of faults) {
  test(`${what} is refused`, async t => t.match(faultOf(given), message))
}

const links: [file: string, symlink: string, folder: string][] = [
  ['logs/{app}/{date}.log', 'current.log', 'logs/{app}'],
  ['logs/{app}.{date}.log', '{app}.log', 'logs'],
  ['logs/{app}/{date}/{level}.log', '{level}.log', 'logs/{app}'],
  ['logs/all.log', 'current.log', 'logs']
]

for (const [file, symlink, folder] of links) {
  test(`the link ${symlink} of ${file} is in ${folder}`, async t => {
    const given = { file, symlink }
    t.equal(faultOf(given), '')
    t.equal(toLinkTemplate(resolve(given)), join(process.cwd(), folder, symlink))
  })
}

test('an output without a link has no path of one', async t => {
  t.equal(toLinkTemplate(resolve({})), undefined)
})

test('zstd is accepted where Node.js has it, and else refused with what it needs', async t => {
  const parse = (): unknown => resolve({ compress: 'zstd' }).compress
  if (canCompress('zstd')) t.equal(parse(), 'zstd')
  else t.throws(parse, { message: /'gzip' \('zstd' needs Node\.js 22\.15 or later\), got 'zstd'$/ })
})

for (const [given, level] of [
  ['warn', 40],
  [0, 0],
  [35.5, 35.5]
] as const) {
  test(`the level ${given} is ${level}`, async t => {
    t.equal(resolveOutput({ level: given }, logDefaults, name => name).level, level)
  })
}
