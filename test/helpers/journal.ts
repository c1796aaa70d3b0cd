import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Piece } from '../../lib/collector/files/write-queue.ts'
import { Journal } from '../../lib/collector/journal/journal.ts'

export const start = Date.parse('2026-11-23T14:00:00Z')
export const a = 'sender-a'
export const b = '\xff\0sender'

/** The journal of a folder; its clock stands. */
export function openJournal(dir: string, now = start): Journal {
  return Journal.open(`${dir}/.journal`, () => now)
}

/** Leaves what a collector that is killed leaves: a journal that says nothing of an end. */
export function kill(dir: string, journal: Journal): void {
  const lines = readFileSync(`${dir}/.journal`)
  journal.close()
  writeFileSync(`${dir}/.journal`, lines)
}

/** What a later collector remembers: of each sender id the number of the next record. */
export function reopen(dir: string, now = start): Record<string, number> {
  const journal = openJournal(dir, now)
  journal.close()
  return Object.fromEntries([...journal.positions].map(([id, { expected }]) => [id, expected]))
}

/** A batch of one sender. */
export function toPiece(senderId: string, last: number, length: number): Piece {
  return { length, senderId, last }
}

/** Announces pieces, and writes this text to the log. */
export function write(journal: Journal, file: string, pieces: Piece[], text: string): void {
  appendFileSync(file, '')
  journal.beforeWrite({ path: file, offset: statSync(file).size, pieces }, false)
  appendFileSync(file, text)
  journal.afterWrite()
}
