import { test } from 'tap'
import { parseCommandLine } from '../../../lib/cli/collector-command.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { recipeTemplate } from '../../../lib/collector/format/text-template.ts'
import { parseTemplates } from '../../../lib/collector/options/text-option.ts'
import { escapeRegExp } from '../../../lib/util/regexp.ts'

const given: [options: CollectorOptions, outputs: object[]][] = [
  [{}, [{ format: 'ndjson', text: recipeTemplate }]],
  [{ format: 'text' }, [{ format: 'text', text: recipeTemplate }]],
  [{ text: '{msg}' }, [{ format: 'text', text: '{msg}' }]],
  [{ text: { WARNING: '{msg}' } }, [{ format: 'text', text: { WARNING: '{msg}' } }]],
  [
    {
      text: '{msg}',
      outputs: [
        { file: 'a.log' },
        { file: 'b.log', text: '{level} {msg}' },
        { file: 'c.log', format: 'ndjson' }
      ]
    },
    [
      { format: 'text', text: '{msg}' },
      { format: 'text', text: '{level} {msg}' },
      { format: 'ndjson' }
    ]
  ],
  [
    { format: 'ndjson', outputs: [{ file: 'a.log' }, { file: 'b.log', text: '{msg}' }] },
    [{ format: 'ndjson' }, { format: 'text', text: '{msg}' }]
  ]
]

for (const [options, outputs] of given) {
  test(`${JSON.stringify(options)} has the outputs ${JSON.stringify(outputs)}`, async t => {
    t.match(parseCollectorOptions(options).outputs, outputs)
  })
}

const refused: [options: CollectorOptions, message: RegExp][] = [
  [
    { text: '{mgs}' },
    /^ERR_ZMQ_PUB_OPTION: text has an unknown placeholder \{mgs\} \(did you mean '\{msg\}'/
  ],
  [
    { text: '{msg}', format: 'ndjson' },
    /text must not be given with format 'ndjson'.*leave one of them out/
  ],
  [
    { outputs: [{ file: 'a', text: '{msg}', format: 'ndjson' }] },
    /outputs\[0\]\.text must not be given with outputs\[0\]\.format 'ndjson'/
  ],
  [{ outputs: [{ file: 'a', text: '{level}' }] }, /outputs\[0\]\.text must contain \{msg\}/],
  [
    { text: 'error={msg}' },
    /text must be an object to have a template for one level, such as \{ "error": "\{time\} \{msg\}" \}, got a text that begins with 'error='/
  ],
  [
    { text: 5 as unknown as string },
    /text must be a template such as '\{time\}.*or an object of templates by level name, got 5/
  ]
]

for (const [options, message] of refused) {
  test(`${JSON.stringify(options)} is refused`, async t => {
    t.throws(() => parseCollectorOptions(options), message)
  })
}

const items: [items: string[], templates: unknown][] = [
  [['{msg}'], '{msg}'],
  [['default={msg}'], '{msg}'],
  [['level={level} {msg}'], 'level={level} {msg}'],
  [['default=ts={time} {msg}'], 'ts={time} {msg}'],
  [['default=error={msg}'], { default: 'error={msg}' }],
  [['app_1={msg}'], 'app_1={msg}'],
  [['app: {msg}'], 'app: {msg}'],
  [['== {time} error={msg}'], '== {time} error={msg}'],
  [['debug={msg}'], { debug: '{msg}' }],
  [
    ['{msg}', 'debug=a={msg}', 'WARNING={msg} {caller}'],
    { default: '{msg}', debug: 'a={msg}', WARNING: '{msg} {caller}' }
  ]
]

for (const [list, templates] of items) {
  test(`--text ${list.join(' --text ')} is read as ${JSON.stringify(templates)}`, async t => {
    t.strictSame(parseTemplates(list, '--text'), templates)
    const fromFlags = parseCommandLine(
      list.map(item => `--text=${item}`),
      {}
    )
    t.match(fromFlags, { options: { text: templates, format: 'text' } })
    const fromEnv = parseCommandLine([], { ZMQ_PUB_COLLECTOR_TEXT: list.join('\n') })
    t.match(fromEnv, { options: { text: templates, format: 'text' } })
  })
}

test('two templates for the same levels are refused', async t => {
  t.throws(() => parseTemplates(['{msg}', '[{level}]={msg}'], '--text'), {
    message: /^ERR_ZMQ_PUB_OPTION: --text must have one template for all levels, got two/
  })
  t.throws(() => parseTemplates(['info={msg}', 'info={msg}'], '--text'), {
    message: /for the level info, got two/
  })
})

const misspelt: [item: string, message: string][] = [
  ['eror={time} {msg}', "an unknown level 'eror' (did you mean 'error'?); known: default, trace"],
  ['EROR={msg}', "an unknown level 'EROR' (did you mean 'error'?)"],
  ['Warnin={msg}', "an unknown level 'Warnin' (did you mean 'warn'?)"],
  ['Default={msg}', "an unknown level 'Default' (did you mean 'default'?)"],
  ['ts={time} {msg}', "an unknown level 'ts'; known"],
  ['25={msg}', "an unknown level '25'; known"],
  [`${'k'.repeat(40)}={msg}`, 'an unknown level; known'] // perhaps a key
]

for (const [item, message] of misspelt) {
  test(`--text ${item} is refused, as it names no level`, async t => {
    const advice = 'if this is the beginning of a template for all levels, put default= before it'
    const parts = [`ERR_ZMQ_PUB_OPTION: --text has ${message}`, advice]
    for (const part of parts) {
      t.throws(() => parseCommandLine(['--text', '{msg}', '--text', item], {}), {
        message: new RegExp(escapeRegExp(part))
      })
    }
    t.throws(() => parseCommandLine([], { ZMQ_PUB_COLLECTOR_TEXT: item }), {
      message: /^ERR_ZMQ_PUB_OPTION: ZMQ_PUB_COLLECTOR_TEXT has an unknown level/
    })
  })
}

for (const item of [
  'error ={msg}',
  ' error={msg}',
  'error,warn={msg}',
  'error|wran={msg}',
  'error:{msg}'
]) {
  test(`--text '${item}' is refused, as it must have been meant for a level`, async t => {
    const got = JSON.stringify(item.slice(0, item.indexOf('{')))
    const expected = `--text must have one level, directly before '=', as in 'error={msg}', got ${got}`
    t.throws(() => parseCommandLine(['--text', item], {}), {
      message: new RegExp(escapeRegExp(expected))
    })
  })
}

test('flags are named in messages', async t => {
  t.throws(() => parseCommandLine(['--text', '{message}'], {}), {
    message: /--text has an unknown placeholder \{message\} \(did you mean '\{msg\}'/
  })
  t.throws(() => parseCommandLine(['--text', '{msg}', '--format', 'ndjson'], {}), {
    message: /--text must not be given with --format 'ndjson'/
  })
})

test('no part of a key is shown where it looks like a level', async t => {
  const key = `atdTsuiFZ=${'aB3$'.repeat(8)}`
  t.throws(() => parseTemplates([key], '--text'), {
    message:
      /^ERR_ZMQ_PUB_OPTION: --text must have the name of a level before '=', got \[42 characters that may be a key\]/
  })
})
