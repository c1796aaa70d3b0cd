/** The measured numbers in README and docs are those of docs/benchmarks.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { root } from '../helpers/program.ts'

const read = (page: string): string => readFileSync(join(root, page), 'utf8')
const sections = read('docs/benchmarks.md').split(/^##+ /m)

/** The first number in cells of a table: of the rows that contain all of these texts. */
function readCells(section: string, texts: readonly string[], column: string): number[] {
  const lines = sections.find(text => text.startsWith(`${section}\n`))?.split('\n') ?? []
  const rows = lines.filter(line => line.startsWith('|')).map(toCells)
  const index = rows[0]?.indexOf(column) ?? -1
  return rows
    .filter(row => texts.every(text => row.includes(text)))
    .map(row => Number.parseFloat(row[index] ?? ''))
}

function toCells(line: string): string[] {
  return line.split('|').map(cell => cell.trim())
}

function readCell(section: string, texts: readonly string[], column: string): number {
  return readCells(section, texts, column)[0] ?? Number.NaN
}

const toLines = (thousands: number): string => (thousands * 1000).toLocaleString('en')
const perSecond = (pipeline: string): string =>
  toLines(readCell('End to end', [pipeline], 'k lines/s'))
const appUs = (pipeline: string): string =>
  readCell('Everyday, apps', ['1,000 × 1', pipeline], 'app CPU µs/line').toFixed(0)
const receiverUs = (pipeline: string): number =>
  readCell('Everyday, apps', ['1,000 × 1', pipeline], 'receiver CPU µs/line')
const ofRsyslog = [
  ...readCells('Everyday, apps', ['zmq-pub'], 'of rsyslog'),
  ...readCells('Everyday, fixed batches', ['zmq-pub collector'], 'of rsyslog')
]
const ingestUs = (receiver: string): string =>
  readCell('Ingest', [receiver], 'CPU µs/line').toFixed(1)

const sentences: [page: string, sentence: string][] = [
  ['README.md', `${perSecond('zmq-pub')} lines/s arrive in the collector's file`],
  ['README.md', `\`pino/file\` writes ${perSecond('pino/file')} into a local one`],
  ['README.md', `brings ${perSecond('pino-socket → TCP to file in Node.js')}, one`],
  ['README.md', `a line ${perSecond('one ZeroMQ message a line → our collector')}, pyzmq's`],
  ['README.md', `recipe ${perSecond('the Python recipe, both ends')} (`],
  [
    'README.md',
    `${receiverUs('zmq-pub').toFixed(0)} µs of CPU in the collector (rsyslog ${receiverUs('pino-socket → rsyslog imtcp').toFixed(0)})`
  ],
  ['README.md', `${appUs('zmq-pub')} in the app (\`pino/file\` ${appUs('pino/file')})`],
  [
    'README.md',
    `needs ${Math.min(...ofRsyslog).toFixed(1)} to ${Math.max(...ofRsyslog).toFixed(1)} times as much as rsyslog`
  ],
  [
    'README.md',
    `idle app needs ${readCell('Quiet', ['zmq-pub'], 'app, % of a core').toFixed(1)} % of a core`
  ],
  ['docs/scaling.md', `One collector writes ${perSecond('zmq-pub')} lines/s of one app`],
  [
    'docs/operations.md',
    `about ${ingestUs('zmq-pub collector')} µs for a line of 145 bytes as NDJSON, ${ingestUs('zmq-pub collector, text format')} µs as text`
  ],
  [
    'docs/operations.md',
    `it is ${receiverUs('zmq-pub').toFixed(0)} µs for a line, because the process wakes up for each of many small batches; that is ${(receiverUs('zmq-pub') / 10).toFixed(1)} % of a core`
  ]
]

for (const [page, sentence] of sentences) {
  test(`${page} says what was measured: ${sentence}`, async t => {
    t.ok(read(page).replaceAll(/\s+/g, ' ').includes(sentence), sentence)
  })
}

test('docs/benchmarks.md has no number that could not be computed', async t => {
  t.notMatch(sections.join(''), /\bNaN\b|\bInfinity\b|undefined/)
})
