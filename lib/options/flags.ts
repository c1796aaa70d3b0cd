import { parseArgs } from 'node:util'
import { ZmqPubError } from '../errors.ts'
import { mayBeKey } from '../util/hide-keys.ts'
import { suggestName } from '../util/suggest.ts'
import { show } from './validators.ts'

/** How a flag is written: with a value, repeatedly with a value each, as `--name` or `--name=true`, or as `--name` or `--name=value`. */
export type FlagKind = 'value' | 'list' | 'switch' | 'choice'

/** An option's name as a flag, without its dashes: `max-size` for `maxSize`. */
export function toFlag(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** An option, or a member of one, as the rest of an environment variable's name: `CURVE_SERVER_KEY` for `curve.serverKey`. */
export function toVariable(name: string): string {
  return toFlag(name.replace('.', '-')).replaceAll('-', '_').toUpperCase()
}

/**
 * Reads `--name value`, `--name=value`, `--switch`, `--switch=true` and `--switch=false`.
 * @param kinds each known flag, without its dashes
 * @param advice how to give what is often given without a flag
 * @returns the given flags: a string, a list of strings, or a boolean
 * @throws ERR_ZMQ_PUB_OPTION on an unknown flag, a missing or a superfluous value, and positional arguments
 */
export function readFlags(
  args: string[],
  kinds: Readonly<Record<string, FlagKind>>,
  advice = ''
): Record<string, string | string[] | boolean> {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => {
      const type = kind === 'value' || kind === 'list' ? ('string' as const) : ('boolean' as const)
      return [name, { type }]
    })
  )
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  const given: Record<string, string | string[] | boolean> = {}
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      const hint =
        adviseEqualsSign(token.value, tokens[index - 1], kinds) || (advice && `; ${advice}`)
      refuse(`unexpected argument ${show(token.value)}${hint}; see --help`)
    }
    const { name, rawName } = token
    // In `--file --help`, --help isn't the path.
    const isFlag = token.inlineValue === false && token.value.startsWith('--')
    const value = isFlag ? undefined : token.value
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    switch (kind) {
      case undefined: {
        const known = Object.keys(kinds).map(flag => `--${flag}`)
        refuse(
          `unknown option ${showFlag(rawName, args[token.index] ?? '')}${suggestName(rawName, known)}; see --help`
        )
        break
      }
      case 'switch':
        given[name] =
          readSwitch(value) ??
          refuse(
            `--${name} must be given alone, or as --${name}=true or --${name}=false, got ${show(value)}; see --help`
          )
        break
      case 'choice':
        given[name] = value === undefined ? true : (readSwitch(value) ?? value)
        break
      case 'value':
        given[name] = value ?? refuse(`--${name} needs a value; see --help`)
        break
      case 'list':
        given[name] = [
          ...((given[name] ?? []) as string[]),
          value ?? refuse(`--${name} needs a value; see --help`)
        ]
    }
  }
  return given
}

/** @returns undefined where it isn't true or false */
function readSwitch(value: string | undefined): boolean | undefined {
  if (value === undefined || value === 'true') return true
  return value === 'false' ? false : undefined
}

/** What to write instead of `--fsync true` or `--compress zstd`: these flags have values only behind an equals sign. */
function adviseEqualsSign(
  value: string,
  before: { kind: string; name?: string; inlineValue?: boolean | undefined } | undefined,
  kinds: Readonly<Record<string, FlagKind>>
): string {
  const name =
    before?.kind === 'option' && before.inlineValue === undefined ? before.name : undefined
  if (name === undefined || !Object.hasOwn(kinds, name)) return ''
  const mayBeItsValue =
    kinds[name] === 'choice' ? /^[a-z]{1,8}$/.test(value) : readSwitch(value) !== undefined
  return mayBeItsValue ? `; write --${name}=${value}` : ''
}

/** A flag as a message shows it; an argument that is none may be a key, of which `=` would leave a part. */
function showFlag(rawName: string, argument: string): string {
  const isWords = /^--?[a-z-]*$/.test(rawName)
  return isWords || (/^--?[\w-]*$/.test(rawName) && !mayBeKey(argument))
    ? rawName
    : 'that is not a flag'
}

function refuse(detail: string): never {
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', detail)
}
