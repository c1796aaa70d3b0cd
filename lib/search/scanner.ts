import { canSpanEntries, nowhere, PatternCursor, TextCursor, type Cursor } from './cursors.ts'
import { findEntryEnd, findEntryStart } from './entries.ts'
import { Entry, noRecord } from './entry.ts'
import { findLiteral } from './literals.ts'
import { toPattern, type LineSettings, type Query } from './query.ts'
import { toRecordTests, type RecordTest } from './record-test.ts'
import { TextFinder } from './text-finder.ts'
import { toTextPattern } from './text-pattern.ts'

/** Where entries are: the start and the end of each, one after the other. Unit: bytes */
export type Ranges = number[]

/** The level of a record that has none, as everywhere in the collector: INFO. */
const defaultLevel = 30

/** A shorter text is in most lines: other means find fewer. Unit: characters */
const minTextLength = 3

/**
 * Finds the entries of a chunk that match. A cursor jumps to those that may, by a text that they must have; only these
 * are decoded, and parsed where that is needed.
 */
export class Scanner {
  readonly #query: Query
  readonly #format: LineSettings['format']
  readonly #hasFacts: boolean
  readonly #patterns: readonly RegExp[]
  readonly #recordTests: readonly RecordTest[]
  readonly #needsRecord: boolean
  readonly #cursor: Cursor | undefined
  /** undefined where the cursor looks for no texts */
  readonly #finder: TextFinder | undefined
  /** whether each line in which the cursor stops matches */
  readonly #isProven: boolean
  readonly #entry: Entry

  constructor(query: Query, settings: LineSettings) {
    this.#query = query
    this.#format = settings.format
    this.#hasFacts =
      query.sinceMs !== Number.NEGATIVE_INFINITY ||
      query.untilMs !== Number.POSITIVE_INFINITY ||
      query.level > 0
    this.#recordTests = toRecordTests(query, settings.messageKey)
    this.#needsRecord = this.#recordTests.some(({ isForRecords }) => isForRecords)
    const patterns = toCandidates(query, settings.format)
    const { cursor, proven } = chooseCursor(patterns, this.#recordTests, settings.format)
    this.#cursor = cursor
    this.#patterns = patterns.filter(each => each !== proven).map(({ regexp }) => regexp)
    this.#finder = cursor && !(cursor instanceof PatternCursor) ? TextFinder.get() : undefined
    const isAll = !this.#hasFacts && this.#patterns.length === 0 && this.#recordTests.length === 0
    this.#isProven = isAll && proven !== undefined && settings.format === 'ndjson'
    this.#entry = new Entry(settings)
  }

  /**
   * @param chunk whole entries; the first line continues none of a chunk before
   * @param limit at most this many entries; 0 = all
   */
  scan(chunk: Buffer, limit: number): Ranges {
    const found: Ranges = []
    const mostNumbers = limit === 0 ? Number.POSITIVE_INFINITY : 2 * limit
    const cursor = this.#cursor
    const isLoaded = this.#finder?.load(chunk) ?? false
    if (isLoaded && this.#isProven && cursor instanceof TextCursor) {
      if (this.#finder?.canFind(cursor.text, chunk)) {
        this.#finder.findLines(cursor.text, 0, found, mostNumbers)
        return found
      }
    }
    cursor?.begin(chunk)
    this.#entry.begin(chunk)
    for (let from = 0; from < chunk.length && found.length < mostNumbers;) {
      const offset = cursor ? cursor.next(from) : from
      if (offset === nowhere) break
      const start = findEntryStart(chunk, offset, this.#format)
      const end = findEntryEnd(chunk, offset, this.#format)
      if (!isEmpty(chunk, start, end) && this.#matches(start, end)) found.push(start, end)
      from = end
    }
    return found
  }

  #matches(start: number, end: number): boolean {
    const entry = this.#entry
    entry.moveTo(start, end)
    if (this.#hasFacts && !this.#isInRange(entry)) return false
    for (const pattern of this.#patterns) if (!pattern.test(entry.text)) return false
    if (this.#recordTests.length === 0) return true
    const { record } = entry
    if (this.#needsRecord && record === noRecord) return false
    return this.#recordTests.every(test => test.matches(record))
  }

  #isInRange(entry: Entry): boolean {
    const { sinceMs, untilMs, level: lowest, withUntimed } = this.#query
    const { timeMs, level } = entry.facts
    if (lowest > 0 && !((Number.isNaN(level) ? defaultLevel : level) >= lowest)) return false
    const isAnyTime = sinceMs === Number.NEGATIVE_INFINITY && untilMs === Number.POSITIVE_INFINITY
    if (isAnyTime || (withUntimed && Number.isNaN(timeMs))) return true
    return timeMs >= sinceMs && timeMs < untilMs
  }
}

/** An empty line is no entry. */
function isEmpty(chunk: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (length > 2) return false
  const text = chunk.toString('latin1', start, end)
  return text === '\n' || text === '\r\n' || text === '\r'
}

/** A pattern, and how entries that may match it are found. */
interface Candidate {
  regexp: RegExp
  /** a text that each match contains; '' where none is known */
  text: string
  /** whether the pattern matches wherever its text is */
  isWhole: boolean
  canSpan: boolean
}

function toCandidates(
  { patterns, texts }: Query,
  format: LineSettings['format']
): readonly Candidate[] {
  return [
    ...patterns.map((source): Candidate => {
      const regexp = toPattern(source)
      return { regexp, ...findLiteral(source), canSpan: canSpanEntries(source) }
    }),
    ...texts.map((text): Candidate => {
      const { regexp, exact } = toTextPattern(text, format)
      return { regexp, text: exact, isWhole: exact !== '', canSpan: true }
    })
  ]
}

/**
 * The cursor that stops least often, as far as that can be guessed: the one with the longest text.
 * @returns and the pattern that each entry at which it stops is known to match
 */
function chooseCursor(
  patterns: readonly Candidate[],
  tests: readonly RecordTest[],
  format: LineSettings['format']
): { cursor: Cursor | undefined; proven: Candidate | undefined } {
  const candidates = [
    ...tests.map(({ text, cursor }) => ({ text, cursor, proven: undefined })),
    ...patterns.map(pattern => {
      const { text, isWhole } = pattern
      const cursor = text === '' ? undefined : new TextCursor(text)
      return { text, cursor, proven: isWhole ? pattern : undefined }
    })
  ].filter(({ cursor }) => cursor !== undefined)
  const [best] = candidates.toSorted((a, b) => b.text.length - a.text.length)
  const spanning = patterns.find(({ canSpan }) => canSpan)
  const isShort = best === undefined || (best.text.length < minTextLength && !best.proven)
  if (spanning !== undefined && isShort) {
    return { cursor: new PatternCursor(spanning.regexp, format), proven: undefined }
  }
  return { cursor: best?.cursor, proven: best?.proven }
}
