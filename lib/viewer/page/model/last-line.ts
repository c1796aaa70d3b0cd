/** The last line of an answer is no record: it says how the search has ended. */
import { isObject, parseObject } from '../../../util/object.ts'

/** @returns its members @throws the collector's reason, or that the answer is not complete */
export function parseEnd(line: string): Record<string, unknown> {
  const given = parseObject(line)
  const error = given?.['error']
  if (isObject(error)) throw new Error(String(error['message']))
  if (!given) throw new Error('the answer of the collector is not complete: try again')
  return given
}

/** @throws where the records before are not all that were found */
export function checkEnd(line: string): void {
  if (!isObject(parseEnd(line)['end']))
    throw new Error('the answer of the collector is not complete: try again')
}
