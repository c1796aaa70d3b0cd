/** Makes the output of the entries that were found. */
import { Entry, noRecord } from './entry.ts'
import { escapeLine, escapeLines } from './escape.ts'
import type { PrettyPrinter } from './pretty-record.ts'
import type { LineSettings, OutputSettings } from './query.ts'
import type { Ranges } from './scanner.ts'

/** The output of some entries. */
export interface Rendered {
  bytes: Buffer
  /** where the output of each entry ends; empty where nobody needs to know. Unit: bytes */
  ends: number[]
}

const newline = 0x0a
/** What people see of a longer entry is cut off. Unit: bytes */
const maxShownBytes = 256 * 1024

/** Renders the entries of one log. */
export class Renderer {
  readonly #lines: LineSettings
  readonly #output: OutputSettings
  readonly #entry: Entry
  readonly #printer: PrettyPrinter | undefined

  /** @param printer for people; undefined = lines as they are */
  constructor(lines: LineSettings, output: OutputSettings, printer: PrettyPrinter | undefined) {
    this.#lines = lines
    this.#output = output
    this.#entry = new Entry(lines)
    this.#printer = printer
  }

  /** @param ranges of entries in the chunk, ascending */
  render(chunk: Buffer, ranges: Ranges): Rendered {
    const { isReversed, limit, form, isTerminal } = this.#output
    const isRaw = form === 'json' && !isTerminal && this.#lines.format === 'ndjson'
    const found = isRaw ? cutOut(chunk, ranges, isReversed || limit > 0) : this.#show(chunk, ranges)
    const pieces = isReversed ? found.toReversed() : found
    const ends: number[] = []
    let length = 0
    for (const piece of limit > 0 ? pieces : []) ends.push((length += piece.length))
    return { bytes: join(pieces), ends }
  }

  #show(chunk: Buffer, ranges: Ranges): Buffer[] {
    const pieces: Buffer[] = []
    this.#entry.begin(chunk)
    for (let index = 0; index < ranges.length; index += 2) {
      const [start, end] = [ranges[index] as number, ranges[index + 1] as number]
      this.#entry.moveTo(start, end)
      const isPretty = this.#output.form === 'pretty'
      const isLong = isPretty && end - start > maxShownBytes
      const text = isLong
        ? cutOff(chunk, start, end)
        : isPretty
          ? this.#toPretty(this.#entry)
          : this.#toJson(this.#entry)
      pieces.push(Buffer.from(text))
    }
    return pieces
  }

  #toPretty(entry: Entry): string {
    if (this.#lines.format === 'text') return `${escapeLines(entry.text)}\n`
    return (
      (entry.record !== noRecord && this.#printer?.print(entry.record, entry.facts)) ||
      `${escapeLine(entry.text)}\n`
    )
  }

  /** A line of NDJSON as it is in the file, or an entry of the text format as an object. */
  #toJson(entry: Entry): string {
    if (this.#lines.format === 'ndjson') return `${escapeLine(entry.text)}\n`
    const { timeMs, level } = entry.facts
    const known = {
      ...(!Number.isNaN(level) && { level }),
      ...(!Number.isNaN(timeMs) && { time: timeMs })
    }
    return `${escapeLine(JSON.stringify({ ...known, text: entry.text }))}\n`
  }
}

function cutOff(chunk: Buffer, start: number, end: number): string {
  const text = chunk.toString('utf8', start, start + maxShownBytes)
  return `${escapeLine(text)} … (${end - start - maxShownBytes} more bytes; --json prints all)\n`
}

/** In memory of their own, which can be given to another thread. */
function join(pieces: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const piece of pieces) offset += piece.copy(bytes, offset)
  return bytes
}

/** Entries as they are, each with a newline. @param isEach whether each needs a piece of its own */
function cutOut(chunk: Buffer, ranges: Ranges, isEach: boolean): Buffer[] {
  const pieces: Buffer[] = []
  let start = ranges[0] ?? 0
  for (let index = 1; index < ranges.length; index += 2) {
    const end = ranges[index] as number
    const next = ranges[index + 1]
    if (next === end && !isEach) continue // entries that follow each other are copied at once
    const piece = chunk.subarray(start, end)
    pieces.push(chunk[end - 1] === newline ? piece : Buffer.concat([piece, Buffer.from('\n')]))
    start = next ?? 0
  }
  return pieces
}
