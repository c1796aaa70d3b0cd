/** Every code block of README and docs is run by a test, or says why it can't be. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parseCheck } from '../../lib/cli/check-arguments.ts'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { parseKeygen } from '../../lib/cli/keygen.ts'
import { parseSearch } from '../../lib/cli/search-arguments.ts'
import { parseTail } from '../../lib/cli/tail-arguments.ts'
import { parseTop } from '../../lib/cli/top-arguments.ts'
import { parseValidate } from '../../lib/cli/validate.ts'
import { documents, parseBlocks, parseMarker, readBlocks } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'

const isBashMissing = spawnSync('bash', ['--version']).error !== undefined

for (const document of documents) {
  test(`each code block of ${document} names the test that runs it, or why none can`, async t => {
    const names = new Set<string>()
    for (const { line, marker } of readBlocks(document)) {
      const place = `${document}:${line}`
      const use = parseMarker(marker)
      if (use === undefined) {
        t.fail(`${place}: mark the block as test/helpers/code-blocks.ts says, not '${marker}'`)
      } else if ('test' in use) {
        t.ok(existsSync(join(root, use.test)), `${place}: ${use.test} exists`)
        const source = readFileSync(join(root, use.test), 'utf8')
        t.ok(source.includes(`'${document}'`), `${place}: ${use.test} reads ${document}`)
        if (use.name === undefined) continue
        t.ok(source.includes(`'${use.name}'`), `${place}: ${use.test} runs '${use.name}'`)
        t.notOk(names.has(use.name), `${place}: '${use.name}' names one block`)
        names.add(use.name)
      }
    }
  })
}

/** Commands of blocks that no test runs, with their arguments. */
function listCommands(code: string): string[][] {
  return [...code.replaceAll(/\\\n/g, ' ').matchAll(/(?<=^|[ /])zmq-pub-collector(?= [-\w]).*$/gm)]
    .map(([line]) => (line.replace(/ #.*/, '').match(/'[^']*'|[^\s|;&]+/g) ?? []).slice(1))
    .map(words => words.map(word => word.replaceAll("'", '')))
}

const parsers: Readonly<Record<string, (args: string[]) => unknown>> = {
  check: args => parseCheck(args, {}),
  keygen: parseKeygen,
  search: args => parseSearch(args, {}, Date.now()),
  tail: args => parseTail(args, {}),
  top: args => parseTop(args, {}),
  validate: args => parseValidate(args, {})
}

test('shell blocks that no test runs have no fault in their syntax, and only flags that exist', async t => {
  const blocks = documents
    .flatMap(readBlocks)
    .filter(({ language, marker }) => language === 'sh' && marker.startsWith('not run'))
  let commands = 0
  for (const { document, line, code } of blocks) {
    const place = `${document}:${line}`
    if (!isBashMissing) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: code })
      t.equal(status, 0, `${place}: ${stderr.toString()}`)
    }
    for (const [name = '', ...args] of listCommands(code)) {
      commands++
      const config = args.indexOf('--config')
      const known = name === 'top' && config !== -1 ? args.toSpliced(config, 2) : args
      const parser = parsers[name] ?? (() => parseCommandLine([name, ...args], {}))
      t.doesNotThrow(() => parser(known), `${place}: ${name} ${args.join(' ')}`)
    }
  }
  t.ok(commands > 5, `${commands} commands`)
})

const markers: [marker: string, use: object | undefined][] = [
  ['run: install', { test: 'test/integration/documents.test.ts', name: 'install' }],
  ['run by test/a/b.test.ts', { test: 'test/a/b.test.ts' }],
  ['run by test/a/b.test.ts: nest', { test: 'test/a/b.test.ts', name: 'nest' }],
  ['not run: needs a second host', { reason: 'needs a second host' }],
  ['not run: no', undefined],
  ['run by hand', undefined],
  ['prettier-ignore', undefined],
  ['', undefined]
]

for (const [marker, use] of markers) {
  test(`the marker '${marker}' is ${use === undefined ? 'refused' : 'understood'}`, async t => {
    t.strictSame(parseMarker(marker), use)
  })
}

test('blocks are found in lists and quotes, with their lines, languages and markers', async t => {
  const text = [
    '<!-- every block: run by test/a.test.ts -->',
    '',
    '```',
    'none',
    '```',
    '<!-- run: first -->',
    '',
    '```sh',
    'ls',
    '',
    'pwd',
    '```',
    'text <!-- run: elsewhere -->',
    '',
    '   ```js run: second',
    '   if (x) {',
    '     y()',
    '   }',
    '   ```',
    '> <!-- run: third -->',
    '>',
    '> ```js',
    '> z()',
    '>',
    '> ```'
  ]
  const document = 'x.md'
  t.strictSame(parseBlocks(document, text.join('\n')), [
    { document, line: 3, language: '', code: 'none\n', marker: 'run by test/a.test.ts' },
    { document, line: 8, language: 'sh', code: 'ls\n\npwd\n', marker: 'run: first' },
    { document, line: 15, language: 'js', code: 'if (x) {\n  y()\n}\n', marker: 'run: second' },
    { document, line: 22, language: 'js', code: 'z()\n\n', marker: 'run: third' }
  ])
})
