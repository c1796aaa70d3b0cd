import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Piece } from '../../lib/collector/files/write-queue.ts'
import { Journal } from '../../lib/collector/journal/journal.ts'

/** The time of most tests. Unit: ms since the epoch */
export const start = Date.parse('2026-11-23T14:00:00Z')
/** Two sender ids. */
export const a = 'sender-a'
/** See `a`; with bytes that aren't text. */
export const b = '\xff\0sender'

/** The journal of a folder; its clock always returns `now`. */
export function openJournal(dir: string, now = start): Journal {
  return Journal.open(`${dir}/.journal`, () => now)
}

/** Leaves the journal of a killed collector: without the entry that `close` writes. */
export function kill(dir: string, journal: Journal): void {
  const lines = readFileSync(`${dir}/.journal`)
  journal.close()
  writeFileSync(`${dir}/.journal`, lines)
}

/** What a later collector reads: the next sequence number of each sender id. */
export function reopen(dir: string, now = start): Record<string, number> {
  const journal = openJournal(dir, now)
  journal.close()
  return Object.fromEntries(
    [...journal.senders.positions].map(([id, { expected }]) => [id, expected])
  )
}

/** A piece of the log with records of one sender, up to sequence number `last`. */
export function toPiece(senderId: string, last: number, length: number): Piece {
  return { length, senderId, last }
}

/** Journals pieces, and writes this text to the log. */
export function write(journal: Journal, file: string, pieces: Piece[], text: string): void {
  appendFileSync(file, '')
  journal.beforeWrite({ path: file, offset: statSync(file).size, pieces }, false)
  appendFileSync(file, text)
  journal.afterWrite()
}
