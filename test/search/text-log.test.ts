import { test } from 'tap'
import { everything, type CountKey, type Query } from '../../lib/search/query.ts'
import { refuseTextSearch } from '../../lib/search/text-log.ts'

const names = { prefix: '--', text: '--grep' }
const plain = '{time} | {level} | {message}'
const named = { file: '{app}-{host}.log', text: plain }
const bare = { file: 'all.log', text: plain }
const field = { key: 'order', value: '17' }
const timeless = { ...bare, text: '{message}' }

const refused: [
  what: string,
  log: { file: string; text: string | Record<string, string> },
  query: Partial<Query>,
  countBy: CountKey | undefined,
  needed: string
][] = [
  ['--field', named, { fields: [field] }, undefined, ''],
  ['--not', named, { notFields: [field] }, undefined, ''],
  ['--topic', named, { topics: ['db'] }, undefined, ''],
  ['--count-by topic', named, {}, 'topic', ''],
  ['--app', bare, { apps: ['shop'] }, undefined, 'a path with {app}, or '],
  ['--not app', bare, { notApps: ['shop'] }, undefined, 'a path with {app}, or '],
  ['--count-by app', bare, {}, 'app', 'a path with {app}, or '],
  ['--host', bare, { hosts: ['web1'] }, undefined, 'a path with {host}, or '],
  ['--not host', bare, { notHosts: ['web1'] }, undefined, 'a path with {host}, or '],
  ['--count-by host', bare, {}, 'host', 'a path with {host}, or '],
  [
    '--since and --until',
    timeless,
    { sinceMs: 0 },
    undefined,
    "a template that begins with '{time}', or "
  ],
  [
    '--since and --until',
    timeless,
    { untilMs: 0 },
    undefined,
    "a template that begins with '{time}', or "
  ],
  [
    '--level',
    timeless,
    { level: 40 },
    undefined,
    "a template that begins with '{time} | {level} | ', or "
  ],
  [
    '--count-by level',
    timeless,
    {},
    'level',
    "a template that begins with '{time} | {level} | ', or "
  ],
  ['--count-by minute', timeless, {}, 'minute', "a template that begins with '{time}', or "],
  ['--count-by hour', timeless, {}, 'hour', "a template that begins with '{time}', or "],
  [
    '--level',
    { ...bare, text: { DEFAULT: plain, ERROR: '{message}' } },
    { level: 40 },
    undefined,
    "a template that begins with '{time} | {level} | ', or "
  ]
]

for (const [what, log, query, countBy, needed] of refused) {
  test(`${what} is refused for ${JSON.stringify(log)}, and the message says what would do`, async t => {
    t.throws(() => refuseTextSearch(log, { ...everything, ...query }, countBy, names), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: `${what} needs ${needed}a log in the format ndjson; ${log.file} has the format text: use --grep`
    })
  })
}

const accepted: [log: { file: string; text: string | Record<string, string> }, Partial<Query>][] = [
  [bare, { patterns: ['x'], texts: ['y'], level: 40, sinceMs: 0, untilMs: 1 }],
  [named, { apps: ['shop'], hosts: ['web1'], notApps: ['a'], notHosts: ['b'] }],
  [named, { notFields: [{ key: 'app', value: 'shop' }] }],
  [timeless, { texts: ['y'] }]
]

for (const [log, query] of accepted) {
  test(`${JSON.stringify(query)} can be searched for in ${JSON.stringify(log)}`, async t => {
    t.doesNotThrow(() => refuseTextSearch(log, { ...everything, ...query }, undefined, names))
  })
}

test('the message names filters as the user does', async t => {
  t.throws(
    () =>
      refuseTextSearch(bare, { ...everything, fields: [field] }, undefined, {
        prefix: '',
        text: 'q'
      }),
    {
      message: 'field needs a log in the format ndjson; all.log has the format text: use q'
    }
  )
})
