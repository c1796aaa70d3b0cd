/** Makes the output of the entries that were found. */
import { Entry, noRecord } from './entry.ts'
import { escapeLine, escapeLines } from './escape.ts'
import type { PrettyPrinter } from './pretty-record.ts'
import type { LineSettings, OutputSettings } from './query.ts'
import type { Ranges } from './scanner.ts'

/** The output of some entries. */
export interface Rendered {
  bytes: Buffer
  /** where the output of each entry ends; empty where that is not needed. Unit: bytes */
  ends: number[]
}

const newline = 0x0a
/** What people see of a longer entry is cut off. Unit: bytes */
const maxShownBytes = 256 * 1024
/** The same of an entry that is longer than `maxEntryBytes`. */
const beginningBytes = 2048

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
    const { isReversed, limit, form, isTerminal, maxEntryBytes = 0 } = this.#output
    const isWhole = maxEntryBytes === 0 || !hasLonger(ranges, maxEntryBytes)
    const isRaw = form === 'json' && !isTerminal && this.#lines.format === 'ndjson' && isWhole
    if (isRaw && !isReversed && limit === 0) return { bytes: copyOut(chunk, ranges), ends: [] }
    const found = isRaw ? cutOut(chunk, ranges) : this.#show(chunk, ranges)
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
      pieces.push(Buffer.from(this.#toText(chunk, start, end)))
    }
    return pieces
  }

  #toText(chunk: Buffer, start: number, end: number): string {
    const { form, maxEntryBytes = 0 } = this.#output
    const bytes = end - start
    if (form === 'pretty') {
      return bytes > maxShownBytes ? cutOff(chunk, start, end) : this.#toPretty(this.#entry)
    }
    const isLong = maxEntryBytes > 0 && bytes > maxEntryBytes
    return isLong ? this.#toBeginning(chunk, start, end) : this.#toJson(this.#entry)
  }

  /** A record that says how long the entry is, and how it begins, as live records do. */
  #toBeginning(chunk: Buffer, start: number, end: number): string {
    const msg = chunk.toString('utf8', start, start + beginningBytes)
    const recordBytes = end - start - Number(chunk[end - 1] === newline)
    return `${escapeLine(JSON.stringify({ ...this.#knownOf(this.#entry), recordBytes, msg }))}\n`
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
    return `${escapeLine(JSON.stringify({ ...this.#knownOf(entry), text: entry.text }))}\n`
  }

  #knownOf({ facts: { timeMs, level } }: Entry): object {
    return {
      ...(!Number.isNaN(level) && { level }),
      ...(!Number.isNaN(timeMs) && { time: timeMs })
    }
  }
}

function hasLonger(ranges: Ranges, maxBytes: number): boolean {
  for (let index = 0; index < ranges.length; index += 2) {
    if ((ranges[index + 1] as number) - (ranges[index] as number) > maxBytes) return true
  }
  return false
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

/** Entries as they are, each with a newline, in memory of their own. */
function copyOut(chunk: Buffer, ranges: Ranges): Buffer {
  let length = 1
  for (let index = 0; index < ranges.length; index += 2) {
    length += (ranges[index + 1] as number) - (ranges[index] as number)
  }
  // Not a Buffer: its `subarray` takes twice as long.
  const source = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
  const bytes = Buffer.allocUnsafeSlow(length)
  let offset = 0
  for (let index = 0; index < ranges.length;) {
    const start = ranges[index] as number
    let end = ranges[index + 1] as number
    index += 2
    // Entries that follow each other are copied at once.
    for (; ranges[index] === end; index += 2) end = ranges[index + 1] as number
    bytes.set(source.subarray(start, end), offset)
    offset += end - start
  }
  if (bytes[offset - 1] !== newline) bytes[offset++] = newline
  return bytes.subarray(0, offset)
}

/** Entries as they are, each with a newline. */
function cutOut(chunk: Buffer, ranges: Ranges): Buffer[] {
  const pieces: Buffer[] = []
  for (let index = 0; index < ranges.length; index += 2) {
    const end = ranges[index + 1] as number
    const piece = chunk.subarray(ranges[index], end)
    pieces.push(chunk[end - 1] === newline ? piece : Buffer.concat([piece, Buffer.from('\n')]))
  }
  return pieces
}
