/** The place in the source that a record names, as some loggers add it. */
import { readScalar, readText, type Members } from '../../record/members.ts'

/** Indexes of the members that name it. */
export interface CallerMembers {
  place: number
  /** -1 where the place has the line in it, or none is known */
  line: number
}

/**
 * Finds `caller` (of pino-caller and of loggers for Go), else `pathname` or `filename` with `lineno` (of Python's
 * formatters for JSON).
 * @returns undefined where the record names none
 */
export function findCaller(record: Members): CallerMembers | undefined {
  const { keys, isText } = record
  const indexOfText = (wanted: string): number =>
    keys.findLastIndex((key, index) => key === wanted && isText[index] === true)
  const caller = indexOfText('caller')
  if (caller !== -1) return { place: caller, line: -1 }
  const path = indexOfText('pathname')
  const place = path === -1 ? indexOfText('filename') : path
  if (place === -1) return undefined
  const line = keys.lastIndexOf('lineno')
  return { place, line: readScalar(record, line) === undefined ? -1 : line }
}

/** The source place as `place`, or as `file:line`. */
export function readCaller(record: Members, { place, line }: CallerMembers): string {
  const text = readText(record, place) ?? ''
  const lineNumber = readScalar(record, line)
  return lineNumber === undefined ? text : `${text}:${lineNumber}`
}
