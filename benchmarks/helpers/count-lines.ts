import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What became of numbered lines. Gap records count missing lines. Unit: lines */
export interface LineCount {
  logged: number
  lost: number
  doubled: number
  reordered: number
  torn: number
  /** lost, and counted by a gap record */
  counted: number
}

/**
 * Looks for the lines 1 to `logged` of each app in all files of a folder.
 * @param logged lines by app name
 */
export function countLines(folder: string, logged: ReadonlyMap<string, number>): LineCount {
  const seen = new Map([...logged].map(([name, lines]) => [name, new Uint8Array(lines + 1)]))
  const last = new Map<string, number>()
  const count: LineCount = { logged: 0, lost: 0, doubled: 0, reordered: 0, torn: 0, counted: 0 }
  for (const line of readLines(folder)) {
    const record = parse(line)
    if (!record) {
      count.torn++
    } else if (record.gap) {
      count.counted += record.gap.records
    } else {
      const lines = seen.get(record.name)
      if (!lines) continue // an app whose lines aren't checked
      const times = lines[record.line]
      if (times === undefined) {
        count.torn++
        continue
      }
      lines[record.line] = times + 1
      if (times > 0) count.doubled++
      else if (record.line < (last.get(record.name) ?? 0)) count.reordered++
      last.set(record.name, record.line)
    }
  }
  for (const [name, lines] of logged) {
    count.logged += lines
    count.lost += (seen.get(name) ?? []).slice(1).filter(times => times === 0).length
  }
  return count
}

interface NumberedRecord {
  name: string
  line: number
  gap?: { records: number }
}

function parse(line: string): NumberedRecord | undefined {
  try {
    return JSON.parse(line) as NumberedRecord
  } catch {
    return undefined
  }
}

/** The lines of all files, in the order of the files' names; files may be larger than any string. */
function* readLines(folder: string): Iterable<string> {
  for (const name of readdirSync(folder).toSorted()) {
    if (!name.endsWith('.log')) continue
    let rest = ''
    for (const text of readPieces(join(folder, name))) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
  }
}

function* readPieces(path: string): Iterable<string> {
  const fd = openSync(path, 'r')
  const buffer = Buffer.alloc(4 * 1024 * 1024)
  for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
    yield buffer.toString('latin1', 0, length)
  }
  closeSync(fd)
}
