import { inspect } from 'node:util'
import { ZmqPubError } from '../errors.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { suggestName } from '../util/suggest.ts'

/** How one option is validated. */
export interface Validator<T> {
  /** completes 'must be …' in messages */
  expected: string
  /** the same as a JSON schema, for editors */
  schema: object
  /** @returns the value as it is used, undefined where it is invalid */
  read(given: unknown): T | undefined
  /** What is wrong with an invalid value, or what was meant, in parentheses after a space; '' where that isn't known. */
  hint?: (given: unknown) => string
}

/** One validator for each option of a resolved options type. */
export type Validators<T> = { [K in keyof T]-?: Validator<NonNullable<T[K]>> }

/** true or false. */
export const boolean: Validator<boolean> = {
  expected: 'true or false',
  schema: { type: 'boolean' },
  read: given => (typeof given === 'boolean' ? given : undefined)
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number): Validator<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    read: given =>
      Number.isSafeInteger(given) && (given as number) >= min && (given as number) <= max
        ? (given as number)
        : undefined
  }
}

/** A number of bytes, or a string such as '100m': k, m, g and t are powers of 1024. Read as bytes. */
export const size: Validator<number> = {
  expected: "a number of bytes, or a size such as '100m'",
  schema: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: String.raw`^\d+[kmgtKMGT]?[iI]?[bB]?$` }
    ]
  },
  read(given) {
    const [, digits, unit = ''] = /^(\d+)([kmgt]?)i?b?$/i.exec(String(given)) ?? []
    const bytes = Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ')
    const isOfType = typeof given === 'string' || typeof given === 'number'
    return isOfType && Number.isSafeInteger(bytes) ? bytes : undefined
  }
}

/** One of these strings. */
export function oneOf<const T extends string>(...values: T[]): Validator<T> {
  return {
    expected: `one of ${values.map(value => `'${value}'`).join(', ')}`,
    schema: { enum: values },
    read: given => values.find(value => value === given)
  }
}

/** @param expected completes 'must be …' */
export function string(
  expected: string,
  isValid: (given: string) => boolean,
  hint?: (given: string) => string
): Validator<string> {
  return {
    ...(hint && { hint: given => (typeof given === 'string' ? hint(given) : '') }),
    expected,
    schema: { type: 'string' },
    read: given => (typeof given === 'string' && isValid(given) ? given : undefined)
  }
}

/** One value or an array of at least one; always resolved to an array. */
export function listOf<T>(validator: Validator<T>): Validator<T[]> {
  return {
    hint: given => {
      const wrong = [given].flat().find(item => validator.read(item) === undefined)
      return validator.hint?.(wrong) ?? ''
    },
    expected: `${validator.expected}, or a list of such values`,
    schema: { anyOf: [validator.schema, { type: 'array', items: validator.schema, minItems: 1 }] },
    read(given) {
      const list = (Array.isArray(given) ? given : [given]).map(item => validator.read(item))
      return list.length > 0 && list.every(item => item !== undefined) ? list : undefined
    }
  }
}

/** An object whose values all pass `validator`. */
export function recordOf<T>(validator: Validator<T>): Validator<Record<string, T>> {
  return {
    expected: `an object in which each value is ${validator.expected}`,
    schema: { type: 'object', additionalProperties: validator.schema },
    read(given) {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
      const entries = Object.entries(given).map(
        ([key, value]) => [key, validator.read(value)] as const
      )
      return entries.every(([, value]) => value !== undefined)
        ? (Object.fromEntries(entries) as Record<string, T>)
        : undefined
    }
  }
}

/** What a message shows of a value. Unit: characters */
const maxShown = 80

/** The value as a message shows it, at most 80 characters, without what may be a secret key. */
export function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  const isText = typeof value === 'string'
  const shown = hideKeys(typeof value === 'object' ? toJson(value) : toLine(value))
  if (shown.length <= maxShown) return shown
  return isText ? cutQuoted(shown) : `${shown.slice(0, maxShown - 3)}...`
}

/** One line: `inspect` shows long texts as a sum of their lines. */
function toLine(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
}

/** An escaped character such as `\x1B` counts as one. */
const wholeCharacters = /^(?:\\x..|\\u....|\\[^xu]|[^\\])*/s
const halfCharacter = /[\uD800-\uDBFF]$/

/** A quoted text that is too long: its beginning in quotes, and three dots. */
function cutQuoted(shown: string): string {
  const room = shown.slice(0, maxShown - 4)
  const [whole = ''] = wholeCharacters.exec(room) ?? []
  return `${whole.replace(halfCharacter, '')}${shown[0]}...`
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 1 }) // circular, or a BigInt
  }
}

/**
 * Validates what the user wrote, and merges it over the defaults.
 * @param given the user's options; undefined values count as not given
 * @param optionName how a message names an option, such as `--bind` for `bind`
 * @throws ERR_ZMQ_PUB_OPTION on an unknown name or an invalid value; the message names the option
 */
export function resolveOptions<T extends object>(
  given: unknown,
  defaults: T,
  validators: Validators<T>,
  optionName: (name: string) => string = name => name
): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', `options must be an object, got ${show(given)}`)
  }
  const names = Object.keys(validators)
  const resolved = { ...defaults } as Record<string, unknown>
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `unknown option '${hideKeys(optionName(name))}'${suggestName(name, names)}; known options: ${names.join(', ')}`
      )
    }
    if (value !== undefined) {
      resolved[name] = readOption(optionName(name), value, validators[name as keyof T])
    }
  }
  return resolved as T
}

/** Validates one option. @throws ERR_ZMQ_PUB_OPTION that says what was expected, and the value given */
export function readOption<T>(optionName: string, value: unknown, validator: Validator<T>): T {
  const read = validator.read(value)
  if (read === undefined) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName} must be ${validator.expected}, got ${show(value)}${validator.hint?.(value) ?? ''}`
    )
  }
  return read
}
