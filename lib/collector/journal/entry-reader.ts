/**
 * Reads the lines of a journal. What comes from the disk is trusted no more than what a peer sends: a
 * number that no sender can have would end the collector later, and at each start again.
 */
import { isObject, parseObject } from '../../util/object.ts'
import { fromHexId } from '../../wire/id.ts'
import { isNextSeq, isSeq } from '../../wire/seq.ts'
import type { JournaledWrite, Position } from './entries.ts'

/** One line of a journal. Ids are 8 bytes as latin1. */
export type JournalEntry =
  | { kind: 'write'; write: JournaledWrite }
  /** where the journal is being moved to, relative to its folder */
  | { kind: 'moved'; to: string }
  | {
      kind: 'state'
      /** only in a head */
      collectorId: string | undefined
      /** only in a head: how often the journal was moved */
      moves: number
      /** only in a head: where it was before, relative to its folder */
      former: string[]
      /** of a head or a filed line */
      positions: [id: string, position: Position][]
      ahead: [id: string, log: string, expected: number][]
      /** of a head or a read line */
      read: [partition: string, position: number][]
      /** whether the line has parts that are not understood, which are left out */
      isDamaged: boolean
    }

/** @returns undefined where nothing of the line is understood */
export function parseEntry(line: string): JournalEntry | undefined {
  const entry = parseObject(line)
  if (!entry) return undefined
  if ('file' in entry) return isWrite(entry) ? { kind: 'write', write: entry } : undefined
  if ('movedTo' in entry)
    return typeof entry.movedTo === 'string' ? { kind: 'moved', to: entry.movedTo } : undefined
  if ('collector' in entry) return readHead(entry)
  if ('read' in entry) return readRead(entry)
  return 'filed' in entry ? readFiled(entry) : undefined
}

function isWrite(entry: object): entry is JournaledWrite {
  const { log, file, offset, at, pieces } = entry as Partial<JournaledWrite>
  return (
    (log === undefined || typeof log === 'string') &&
    typeof file === 'string' &&
    isCount(offset) &&
    isCount(at) &&
    Array.isArray(pieces) &&
    pieces.every(isPiece)
  )
}

function isPiece(piece: unknown): boolean {
  if (!Array.isArray(piece)) return false
  const [length, id, last] = piece as unknown[]
  return isCount(length) && (piece.length === 1 || (isHexId(id) && isSeq(last)))
}

function readHead({
  collector,
  moves = 0,
  former = [],
  positions,
  ahead,
  read = {}
}: Record<string, unknown>): JournalEntry {
  const reader = new ValueReader()
  const isKnown = isHexId(collector)
  return {
    kind: 'state',
    collectorId: isKnown ? fromHexId(collector) : undefined,
    moves: isCount(moves) ? moves : 0,
    former: isTexts(former) ? former : [],
    positions: reader.readAll(positions, value => {
      const [expected, timeMs] = Array.isArray(value) ? (value as unknown[]) : []
      return isNextSeq(expected) && isCount(timeMs) ? { expected, timeMs } : undefined
    }),
    ahead: reader
      .readAll(ahead ?? {}, logs => (isObject(logs) ? logs : undefined))
      .flatMap(([id, logs]) => reader.readNumbers(id, logs)),
    read: reader.readPartitions(read),
    isDamaged: !isKnown || !isCount(moves) || !isTexts(former) || reader.isDamaged
  }
}

function readFiled({ at, filed }: Record<string, unknown>): JournalEntry | undefined {
  if (!isCount(at)) return undefined
  const reader = new ValueReader()
  const positions = reader.readAll(filed, seq =>
    isSeq(seq) ? { expected: seq + 1, timeMs: at } : undefined
  )
  return {
    kind: 'state',
    collectorId: undefined,
    moves: 0,
    former: [],
    positions,
    ahead: [],
    read: [],
    isDamaged: reader.isDamaged
  }
}

function readRead({ read }: Record<string, unknown>): JournalEntry {
  const reader = new ValueReader()
  const partitions = reader.readPartitions(read)
  const nothing = { collectorId: undefined, moves: 0, former: [], positions: [], ahead: [] }
  return { kind: 'state', ...nothing, read: partitions, isDamaged: reader.isDamaged }
}

/** Reads objects value by value, and notes whether any of them was left out. */
class ValueReader {
  isDamaged = false

  /** @param given an object by id in hexadecimal @param read returns undefined for a value that isn't one */
  readAll<T>(given: unknown, read: (value: unknown) => T | undefined): [id: string, value: T][] {
    if (!isObject(given)) this.isDamaged = true
    return Object.entries(isObject(given) ? given : {}).flatMap(([hexId, value]) => {
      const item = isHexId(hexId) ? read(value) : undefined
      if (item === undefined) this.isDamaged = true
      return item === undefined ? [] : [[fromHexId(hexId), item] as [string, T]]
    })
  }

  /** @param logs by log, the sequence number of a sender's next record */
  readNumbers(
    id: string,
    logs: Record<string, unknown>
  ): [id: string, log: string, expected: number][] {
    return Object.entries(logs).flatMap(([log, expected]) => {
      if (isNextSeq(expected)) return [[id, log, expected] as [string, string, number]]
      this.isDamaged = true
      return []
    })
  }

  /** @param given by partition of a stream, a position */
  readPartitions(given: unknown): [partition: string, position: number][] {
    if (!isObject(given)) this.isDamaged = true
    return Object.entries(isObject(given) ? given : {}).flatMap(([partition, position]) => {
      if (/^[0-9a-f]{16}\.\d{1,3}$/.test(partition) && isCount(position))
        return [[partition, position] as [string, number]]
      this.isDamaged = true
      return []
    })
  }
}

/** Bytes, ms since the epoch, or a number of times. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function isHexId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)
}
