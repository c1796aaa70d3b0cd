import { test } from 'tap'
import { findConfigProblems, readConfig } from '../lib/config-file.ts'
import { startProgram } from './helpers/program.ts'

/** A configuration file, and how each of its problems begins. */
const cases: [what: string, text: string, problems: string[]][] = [
  ['nothing is wrong with an empty object', '{}', []],
  [
    'nothing is wrong with these options',
    '{ "bind": ["tcp://*:1"], "rotate": "never", "file": "x.log", "maxSize": "1g", "keepDays": 7 }',
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
  ['what is no object is a problem', '[]', ['ERR_ZMQ_PUB_CONFIG: PATH must hold a JSON object']],
  ['what is no JSON is a problem', '{ "file": "x", }', ['ERR_ZMQ_PUB_CONFIG: PATH is no JSON: ']]
]

for (const [what, text, problems] of cases) {
  test(what, async t => {
    const path = `${t.testdir({ 'c.json': text })}/c.json`
    const found = findConfigProblems(path)
    t.equal(found.length, problems.length, found.join('\n'))
    for (const [at, problem] of problems.entries()) {
      t.ok(found[at]?.startsWith(problem.replaceAll('PATH', path)), found[at] ?? 'none')
    }
    const validation = startProgram(t, 'collector.js', { args: ['validate', `--config=${path}`] })
    t.match(await validation.exited, { code: problems.length === 0 ? 0 : 78 })
    t.equal(validation.stderr(), found.map(problem => `${problem}\n`).join(''))
    t.equal(validation.stdout(), problems.length === 0 ? `${path} is valid\n` : '')
  })
}

test('a file that is not there is a problem', async t => {
  const path = `${t.testdir()}/none.json`
  t.match(findConfigProblems(path), [/cannot read .*none\.json: ENOENT/])
  t.throws(() => readConfig(path), { code: 'ERR_ZMQ_PUB_CONFIG' })
})

for (const args of [[], ['--config=x.json', '--max-size=3q']]) {
  test(`validate takes a file and nothing else: ${args.join(' ')}`, async t => {
    const validation = startProgram(t, 'collector.js', { args: ['validate', ...args] })
    t.match(await validation.exited, { code: 2 })
    t.match(validation.stderr(), 'validate takes --config FILE and nothing else')
  })
}
