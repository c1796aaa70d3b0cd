/**
 * Question: what does each step on a line's path cost, and alternatives that aren't used?
 * Method:   each step on a chunk of 4 MiB of records, as thread-stream hands it over, again and
 *           again; µs a line.
 * Command:  node benchmarks/steps.js        ROUNDS=40
 */
import { FlatRecordReader } from '../lib/record/flat-record-reader.ts'
import { pinoSettings, toText } from '../lib/collector/format/text-format.ts'
import { TimeZone } from '../lib/collector/time/time-zone.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { median, printSection, toTable } from './helpers/report.ts'
import { sampleLine } from './helpers/sample-line.ts'

const rounds = readKnob('ROUNDS', 40)
const pieceBytes = 65_536
const lines = Math.floor((4 * 1024 * 1024) / sampleLine.length)
const bytes = Buffer.from(sampleLine.repeat(lines))
const text = bytes.toString('latin1')
const records = text.split('\n').slice(0, -1)
const zone = new TimeZone('local')
const reader = new FlatRecordReader()

const steps: Record<string, () => unknown> = {
  'bytes to text, 4 MiB at once (thread-stream)': () => bytes.toString(),
  'bytes to text, in pieces of 64 KiB': () =>
    inPieces((from, to) => bytes.toString('utf8', from, to)),
  'text to bytes, 4 MiB at once': () => Buffer.from(text),
  'text to bytes, in pieces of 64 KiB': () =>
    inPieces((from, to) => Buffer.from(text.slice(from, to))),
  'is it ASCII?': () => Buffer.byteLength(text) === text.length,
  'newlines in text, indexOf': () => {
    for (let offset = text.indexOf('\n'); offset !== -1; offset = text.indexOf('\n', offset + 1));
  },
  'newlines in bytes, indexOf': () => {
    for (let offset = bytes.indexOf(10); offset !== -1; offset = bytes.indexOf(10, offset + 1));
  },
  'newlines in bytes, byte by byte': () => {
    let count = 0
    for (let offset = 0; offset < bytes.length; offset++) if (bytes[offset] === 10) count++
    return count
  },
  'JSON.parse': () => {
    for (const record of records) JSON.parse(record)
  },
  'JSON.parse of 4 MiB as one array': () => {
    JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`)
  },
  FlatRecordReader: () => {
    for (const record of records) reader.read(record)
  },
  'text format, all in all': () =>
    inPieces((from, to) => toText(bytes.subarray(from, to), pinoSettings, zone, 0))
}

printSection(
  'Steps',
  `${rounds} rounds, medians; what follows the first rounds, when V8 has compiled it.`,
  toTable(
    ['step', 'µs/line'],
    Object.entries(steps).map(([name, step]) => [name, measure(step).toFixed(3)])
  )
)

function measure(step: () => unknown): number {
  const us = Array.from({ length: rounds + 5 }, () => {
    const startedAt = performance.now()
    step()
    return ((performance.now() - startedAt) * 1000) / lines
  })
  return median(us.slice(5))
}

function inPieces(act: (from: number, to: number) => unknown): void {
  const pieceLines = Math.floor(pieceBytes / sampleLine.length) * sampleLine.length
  for (let offset = 0; offset < bytes.length; offset += pieceLines) act(offset, offset + pieceLines)
}
