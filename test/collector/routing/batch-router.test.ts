import { test } from 'tap'
import { routeBatch } from '../../../lib/collector/routing/batch-router.ts'
import { Router, type RouterOptions } from '../../../lib/collector/routing/router.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello } from '../../../lib/wire/hello.ts'

/** Records 11 to 14 of a sender. */
const levels = [30, 50, 30, 50]
const lines = levels.map((level, index) => `{"level":${level},"n":${11 + index}}`)

function route(
  options: Partial<RouterOptions>,
  ahead?: Record<string, number>,
  isNotice = false
): Record<string, number[]> {
  const router = new Router({
    zone: new TimeZone('utc'),
    file: 'all.log',
    symlink: '',
    level: 0,
    topic: [''],
    timeKey: '',
    levelKey: '',
    messageKey: '',
    periodAt: () => '',
    ...options
  })
  const records = Buffer.from(`${lines.join('\n')}\n`)
  const source = { senderId: 'a', hello: createHello(), first: 11, last: 14 }
  const commit = { add: () => undefined, done: () => undefined }
  const batch = { ...source, records, isNotice, commit }
  const sections = routeBatch(router, batch, ahead && new Map(Object.entries(ahead)), 0)
  const entries = sections.map(({ destination, bytes, records: count }) => {
    const numbers = [...bytes.toString().matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
    if (!isNotice && numbers.length !== count) throw new Error(`${count} counted`)
    return [destination.id, numbers] as const
  })
  return Object.fromEntries(entries)
}

const byLevel = { file: '{level}.log' }
const all = [11, 12, 13, 14]

const cases: [
  what: string,
  options: Partial<RouterOptions>,
  ahead: Record<string, number> | undefined,
  expected: Record<string, number[]>
][] = [
  ['all records go to an only log', {}, undefined, { 'all.log': all }],
  ['an only log gets what it lacks', {}, { 'all.log': 13 }, { 'all.log': [13, 14] }],
  ['an only log that is ahead of the batch gets nothing', {}, { 'all.log': 15 }, {}],
  [
    'an only log that is behind the batch gets all of it',
    {},
    { 'all.log': 11 },
    { 'all.log': all }
  ],
  ['records are split by log', byLevel, undefined, { 'info.log': [11, 13], 'error.log': [12, 14] }],
  [
    'each of several logs gets what it lacks',
    byLevel,
    { 'info.log': 13, 'error.log': 12 },
    { 'info.log': [13], 'error.log': [12, 14] }
  ],
  [
    'only the log that is ahead of the batch gets nothing',
    byLevel,
    { 'error.log': 15, 'other.log': 90 },
    { 'info.log': [11, 13] }
  ]
]

for (const [what, options, ahead, expected] of cases) {
  test(what, async t => t.strictSame(route(options, ahead), expected))
}

test('a notice goes whole to the log of warnings, unless that is past the gap', async t => {
  const options = { ...byLevel, level: 70 }
  t.strictSame(route(options, undefined, true), { 'warn.log': all })
  t.strictSame(route(options, { 'warn.log': 14 }, true), { 'warn.log': all })
  t.strictSame(route(options, { 'warn.log': 15 }, true), {})
})
