import { parseArgs } from 'node:util'
import { ZmqPubError } from '../errors.ts'
import { mayBeKey } from '../util/hide-keys.ts'
import { suggestName } from '../util/suggest.ts'
import { show } from './validators.ts'

/** How a flag is written: with a value, repeatedly with a value each, without a value, or as `--name` or `--name=value`. */
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
 * Reads `--name value`, `--name=value` and `--switch`.
 * @param kinds each known flag, without its dashes
 * @returns the given flags: a string, a list of strings, or true
 * @throws ERR_ZMQ_PUB_OPTION on an unknown flag, a missing or a superfluous value, and positional arguments
 */
export function readFlags(
  args: string[],
  kinds: Readonly<Record<string, FlagKind>>
): Record<string, string | string[] | true> {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => {
      const type = kind === 'value' || kind === 'list' ? ('string' as const) : ('boolean' as const)
      return [name, { type }]
    })
  )
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  const given: Record<string, string | string[] | true> = {}
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') refuse(`unexpected argument ${show(token.value)}; see --help`)
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
        if (value !== undefined) refuse(`--${name} takes no value; see --help`)
        given[name] = true
        break
      case 'choice':
        given[name] = value ?? true
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
