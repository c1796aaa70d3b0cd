/** docs/operations.md: what it tells to alert on is what the collector says, and its sizes are right. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { Reporter } from '../../lib/collector/reporting/reporter.ts'
import { Totals } from '../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../lib/collector/reporting/traffic.ts'
import { transportDefaults } from '../../lib/transport/options.ts'
import { pino } from 'pino'
import { findBlock } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'
import { listSources } from '../helpers/sources.ts'

const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
const sources = listSources()
  .filter(path => path.startsWith('lib/collector/'))
  .map(path => readFileSync(join(root, path), 'utf8'))
  .join('\n')

test('each line to grep is one that the collector logs', async t => {
  const { code } = findBlock('docs/operations.md', 'alerts')
  const patterns = [...code.matchAll(/^grep (?:-E )?'([^']+)'/gm)].map(([, text = '']) => text)
  t.equal(patterns.length, code.trim().split('\n').length)
  for (const pattern of patterns) {
    const [, text = pattern] = /^"msg":"([^"]+)"?$/.exec(pattern) ?? []
    if (pattern.startsWith('"level"')) t.match(pattern, /^"level":\(50\|60\)$/)
    else t.ok(sources.includes(text.replace('are missing: ', "'are'} missing: ")), text)
  }
})

test('each number is in the totals', async t => {
  const [, section = ''] = page.split('as numbers from the `totals` of each minute:')
  const [table = ''] = section.split('\n\n`zmq-pub-collector check`')
  const names = [...table.matchAll(/^\| (`[^|]*`) *\|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map(name => name.replaceAll('`', ''))
  t.ok(names.length > 8)
  let logged = ''
  const reporter = new Reporter(pino({}, { write: line => void (logged = line) }))
  const traffic = new Traffic().report([])
  reporter.totals(new Totals(), { senders: 1, pendingBytes: 0, ...traffic })
  for (const name of names) {
    const value: unknown = name
      .split('.')
      .reduce((from: unknown, key) => (from as Record<string, unknown>)[key], JSON.parse(logged))
    t.type(value, 'number', name)
  }
})

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const line = /^\{"level":30.*"msg":"paid"\}$/m.exec(readme)?.[0] ?? ''
const text =
  /`(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| INFO \| paid [^`]+)`/.exec(readme)?.[1] ?? ''

test('the sizes are those of the line in the README', async t => {
  const lineBytes = Buffer.byteLength(`${line}\n`)
  const textBytes = Buffer.byteLength(`${text}\n`)
  t.match(page, `${lineBytes} MB as \`ndjson\`, ${textBytes} MB as \`text\``)
  const mebibyte = 1024 * 1024
  t.match(page, `holds ${Math.floor(mebibyte / lineBytes).toLocaleString('en')} such lines`)
  const rows = [...page.matchAll(/^ +\| ([\d,]+) +\| (\d+) (s|min|h) +\| (\d+) (s|min|h) +\|$/gm)]
  t.equal(rows.length, 4)
  const seconds = { s: 1, min: 60, h: 3600 }
  for (const [, rate = '', one = '', oneUnit = 's', all = '', allUnit = 's'] of rows) {
    for (const [bytes, number, unit] of [
      [mebibyte, one, oneUnit],
      [transportDefaults.maxBufferBytes, all, allUnit]
    ] as const) {
      const lasts = bytes / lineBytes / Number(rate.replace(',', ''))
      const said = Number(number) * seconds[unit as keyof typeof seconds]
      t.ok(Math.abs(lasts - said) <= said * 0.05, `${rate} a second: ${said} s, it is ${lasts}`)
    }
  }
})
