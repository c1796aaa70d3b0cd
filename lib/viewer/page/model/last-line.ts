/** The last line of an answer: whether the search was complete. A record may look like it, and so only the last line counts. */
import { isObject, parseObject } from '../../../util/object.ts'

/** `failure`: why there are no more records; undefined where all were sent. */
export interface LastLine {
  failure: string | undefined
}

/** @returns undefined where a line is any other one */
export function readLastLine(text: string): LastLine | undefined {
  if (!text.startsWith('{"end":') && !text.startsWith('{"error":')) return undefined
  const { end, error, ...others } = parseObject(text) ?? {}
  if (Object.keys(others).length > 0) return undefined
  if (isObject(end) && typeof end['found'] === 'number') return { failure: undefined }
  const isFailure = isObject(error) && typeof error['code'] === 'string'
  return isFailure ? { failure: String(error['message']) } : undefined
}

/**
 * The records of an answer.
 * @param lines those of the answer, as they arrive
 * @throws where the last line says that the search has failed
 */
export async function* readRecords(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let held: string | undefined
  for await (const line of lines) {
    if (held !== undefined) yield held
    held = line
  }
  if (held === undefined) return
  const last = readLastLine(held)
  if (last?.failure !== undefined) throw new Error(last.failure)
  if (!last) yield held
}
