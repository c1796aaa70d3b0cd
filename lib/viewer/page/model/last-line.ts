/** The last line of an answer: whether the search was complete. No record looks like it, as it has one member only. */
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
