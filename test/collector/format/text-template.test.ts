import fc from 'fast-check'
import { test } from 'tap'
import {
  pinoSettings,
  toText,
  type TextSettings
} from '../../../lib/collector/format/text-format.ts'
import {
  findTemplatesFault,
  listTemplates,
  recipeTemplate,
  textNames,
  type TextTemplates
} from '../../../lib/collector/format/text-template.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

const utc = new TimeZone('utc')
const time = Date.parse('2026-11-23T03:39:18.042Z')
const asctime = '2026-11-23 03:39:18,042'
const source = { app: 'shop', host: 'web-1', pid: '17' }

/** Records as entries by a template. */
function format(
  templates: TextTemplates,
  records: readonly object[],
  settings: Partial<TextSettings> = {}
): string {
  const lines = records.map(record => `${JSON.stringify({ level: 30, time, ...record })}\n`)
  const all = { ...pinoSettings, source, templates: listTemplates(templates), ...settings }
  return toText(Buffer.from(lines.join('')), all, utc, time).toString()
}

const entries: [template: string, record: object, entry: string][] = [
  [
    '{time} | {level} | {app}@{host} | {msg} {fields}',
    { msg: 'x', a: 1 },
    `${asctime} | INFO | shop@web-1 | x a=1`
  ],
  ['{level} [{pid}] {msg}', { msg: 'x', a: 1 }, 'INFO [17] x'],
  ['{time}: {msg} END', { msg: 'x' }, `${asctime}: x END`],
  ['ts={time} {msg}', { msg: 'x' }, `ts=${asctime} x`],
  ['{msg}', { msg: 'x' }, 'x'],
  // what a record repeats of its sender is shown once, what differs stays
  [
    '{app}@{host} {msg} {fields}',
    { name: 'shop', hostname: 'web-1', pid: 17, msg: 'x' },
    'shop@web-1 x pid=17'
  ],
  ['{app} {pid} {msg} {fields}', { name: 'else', pid: 17, msg: 'x' }, 'shop 17 x name=else'],
  ['{level} {msg} {fields}', { name: 'shop', msg: 'x' }, 'INFO x name=shop'],
  // the source place
  [
    '{level} {caller} {msg} {fields}',
    { msg: 'x', caller: 'pay (/a/b.js:3:5)' },
    'INFO pay (/a/b.js:3:5) x'
  ],
  [
    '{level} {caller} {msg} {fields}',
    { msg: 'x', pathname: '/a/b.py', lineno: 7, b: 2 },
    'INFO /a/b.py:7 x b=2'
  ],
  ['{level} {caller} {msg} {fields}', { msg: 'x', filename: 'b.py', lineno: 7 }, 'INFO b.py:7 x'],
  ['{level} {caller} {msg} {fields}', { msg: 'x', pathname: '/a/b.py' }, 'INFO /a/b.py x'],
  [
    '{level} {caller} {msg} {fields}',
    { msg: 'x', caller: { a: 1 }, lineno: 7 },
    'INFO x caller={"a":1} lineno=7'
  ],
  [
    '{level} {caller} {msg} {fields}',
    { msg: 'x', pathname: '/a', lineno: [7] },
    'INFO /a x lineno=[7]'
  ],
  ['{level} {msg} {fields}', { msg: 'x', caller: 'a.js:1' }, 'INFO x caller=a.js:1'],
  // what a record doesn't have leaves no separator
  ['{time} | {topic} | {level} | {msg}', { msg: 'x' }, `${asctime} | INFO | x`],
  ['{level} {msg} at {caller}', { msg: 'x' }, 'INFO x'],
  ['{level} {msg} at {caller}', { msg: 'x', caller: 'a.js:1' }, 'INFO x at a.js:1'],
  ['{level} caller={caller} {msg}', { msg: 'x' }, 'INFO x'],
  ['{level} ({topic}:{caller}) {msg}', { msg: 'x' }, 'INFO x'],
  ['{level} ({topic}:{caller}) {msg}', { msg: 'x', topic: 'db' }, 'INFO (db) x'],
  ['{level} ({topic}:{caller}) {msg}', { msg: 'x', caller: 'a.js:1' }, 'INFO (a.js:1) x'],
  ['{topic} | {level} | {msg}', { msg: 'x' }, 'INFO | x'],
  ['LOG {topic} | {msg}', { msg: 'x' }, 'LOG x'],
  ['{msg} | {level}', { msg: '' }, 'INFO'],
  ['{level} | {msg} | {fields}', { msg: 'x' }, 'INFO | x'],
  ['{level} | {msg} {fields}', { a: 1 }, 'INFO | a=1'],
  ['{level} | {msg}', {}, 'INFO | '],
  // and no record looks like several, or like a part of the one before
  ['{msg} {level}', { msg: '  at x' }, String.raw`\u0020 at x INFO`],
  ['{msg} {level}', { msg: '\tat x' }, String.raw`\u0009at x INFO`],
  ['[{topic}] {msg}', { msg: ' x' }, String.raw`\u0020x`],
  ['{level} {caller} {msg}', { msg: 'a\nb', caller: 'c\n| d' }, String.raw`INFO c\n\u007c d a\nb`],
  ['{level} {msg}', { msg: 'x', err: { stack: 'E\n at a' } }, 'INFO x\n    E\n     at a']
]

for (const [template, record, entry] of entries) {
  test(`by '${template}' ${JSON.stringify(record)} is ${JSON.stringify(entry)}`, async t => {
    const written = `${entry}\n`
    t.equal(format(template, [record]), written)
    // Records like the one before take other paths through the code.
    t.equal(format(template, [record, record, record]), written.repeat(3))
  })
}

test('a sender of which nothing is known leaves no trace', async t => {
  const unknown = { source: { app: 'a', host: '', pid: '' } }
  const template = '{level} | {app}@{host}/{pid} | {msg}'
  t.equal(format(template, [{ msg: 'x' }], unknown), 'INFO | a | x\n')
})

test('what a sender calls itself is one column', async t => {
  const hostile = { source: { app: 'a | b', host: 'c\nd', pid: '1' } }
  const template = '{level} | {app}@{host} | {msg}'
  t.equal(format(template, [{ msg: 'x' }], hostile), `${String.raw`INFO | a \u007c b@c\nd | x`}\n`)
})

test('a level has a template of its own, all others that of default', async t => {
  const templates = {
    default: '{level} {msg}',
    debug: '{msg} {caller}',
    warning: '! {msg} {fields}'
  }
  const records = [
    { level: 20, msg: 'a', caller: 'x.js:1' },
    { level: 30, msg: 'b', caller: 'x.js:2' },
    { level: 40, msg: 'c', caller: 'x.js:3' },
    { level: 20, msg: 'd', caller: 'x.js:4' },
    { level: 'warn', msg: 'e' },
    { level: 45, msg: 'f' },
    { level: 19, msg: 'g' },
    { level: 90, msg: 'h' }
  ]
  t.equal(
    format(templates, records),
    'a x.js:1\nINFO b\n! c caller=x.js:3\nd x.js:4\n! e\n! f\n19 g\n90 h\n'
  )
  t.equal(format({ debug: '{msg}' }, [{ msg: 'x' }]), `${asctime} | INFO | x\n`)
})

const faults: [templates: TextTemplates, fault: RegExp][] = [
  [
    '{tme} {msg}',
    /^has an unknown placeholder \{tme\} \(did you mean '\{time\}'\?\); known: \{time\} \{level\}/
  ],
  ['{levelname} {message}', /\{levelname\} \(did you mean '\{level\}'\?\)/],
  ['{level:8} {msg}', /^has \{level:8\}: widths and formats are not supported; write \{level\}$/],
  ['{msg!r}', /^has \{msg!r\}: widths/],
  ['{levle:8} {msg}', /^has an unknown placeholder \{…\}/],
  ['{message}', /\{message\} \(did you mean '\{msg\}'\?\)/],
  ['{xyzzy} {msg}', /\{xyzzy\}; known/],
  ['{constructor} {msg}', /\{constructor\}; known/],
  ['{} {msg}', /\{\}/],
  ['{rq:rM>}lW50{QrJb[cS^x} {msg}', /\{…\}; known/],
  ['{time} {level}', /^must contain \{msg\}, or no message is written/],
  ['%(asctime)s %(message)s', /^must contain \{msg\}/],
  ['', /^must contain \{msg\}/],
  ['{msg} {msg}', /^must contain \{msg\} only once/],
  [' {msg}', /^must not begin with a space/],
  ['{time}\n{msg}', /^must be one line without control characters/],
  ['{time} \u001b[1m{msg}', /^must be one line without control characters/],
  [{ debug: '{mgs}' }, /^\(debug\) has an unknown placeholder \{mgs\} \(did you mean '\{msg\}'/],
  [
    { debgu: '{msg}' },
    /^has an unknown level 'debgu' \(did you mean 'debug'\?\); known: default, trace/
  ],
  [{ warn: '{msg}', warning: '{msg}' }, /got 'warn' and 'warning', which are the same/]
]

for (const [templates, fault] of faults) {
  test(`${JSON.stringify(templates)} is refused`, async t => {
    t.match(findTemplatesFault(templates), fault)
  })
}

test('whatever a record is, it is one entry, by any template', async () => {
  const text = fc.string({ unit: 'binary' })
  const scalar = fc.oneof(text, fc.integer(), fc.constant(null))
  const record = fc.record(
    {
      level: scalar,
      msg: text,
      topic: text,
      caller: text,
      lineno: scalar,
      pathname: text,
      name: text
    },
    { requiredKeys: [] }
  )
  const name = fc.constantFrom(...textNames.map(one => `{${one}}`))
  const literal = fc.constantFrom(' ', ' | ', '@', '[', ']', ' - ', 'x')
  const template = fc
    .tuple(fc.uniqueArray(name), fc.array(literal, { minLength: 10, maxLength: 10 }))
    .map(([names, literals]) => names.map((one, index) => one + literals[index]).join(''))
    .filter(one => findTemplatesFault(one) === undefined)
  fc.assert(
    fc.property(
      template,
      fc.array(record, { minLength: 1 }),
      fc.record({ app: text, host: text, pid: text }),
      (one, records, from) => {
        const lines = format(one, records, { source: from }).split('\n')
        const starts = lines.slice(0, -1).filter(line => !/^[ \t]/.test(line))
        return starts.length === records.length && lines.length === records.length + 1
      }
    )
  )
})

test('a level without a name leaves its column, and no entry begins with a space', async t => {
  const nameless = { levels: { 30: '' } }
  t.equal(format(recipeTemplate, [{ msg: 'x' }], nameless), `${asctime} |  | x\n`)
  t.equal(format('[{level}] {msg}', [{ msg: ' x' }], nameless), '\\u0020x\n')
})

test('the template of the recipe has no fault', async t => {
  t.equal(findTemplatesFault(recipeTemplate), undefined)
})
