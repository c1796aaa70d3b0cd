/** The option `text`: how entries of the text format look, for all levels or by level. */
import { ZmqPubError } from '../../errors.ts'
import { recordOf, string, type Validator } from '../../options/validators.ts'
import { findLevelNumber, pinoLevelNames } from '../../record/levels.ts'
import { hideKeys, mayBeKey } from '../../util/hide-keys.ts'
import {
  describeUnknownLevel,
  findTemplatesFault,
  isTextName,
  otherLevels,
  recipeTemplate,
  type TextTemplates
} from '../format/text-template.ts'

const byLevel = recordOf(string('a text', () => true))
const levelNames = [otherLevels, ...Object.values(pinoLevelNames)]

/** Checks types only: `findTextFaults` looks into the templates. */
export const textTemplates: Validator<TextTemplates> = {
  expected: `a template such as '${recipeTemplate}', or an object of templates by level name`,
  schema: {
    anyOf: [
      { type: 'string' },
      {
        type: 'object',
        properties: Object.fromEntries(levelNames.map(name => [name, { type: 'string' }])),
        additionalProperties: false
      }
    ]
  },
  read: given => (typeof given === 'string' ? given : byLevel.read(given))
}

/** What is wrong with an output's templates, as texts for messages. @param given as the user wrote it */
export function findTextFaults(
  given: { text?: TextTemplates; format?: string },
  optionName: (name: string) => string
): string[] {
  const { text, format } = given
  if (text === undefined) return []
  const [textName, formatName] = ['text', 'format'].map(optionName)
  const fault = findTemplatesFault(text)
  const faults = fault === undefined ? [] : [`${textName} ${fault}`]
  const level = typeof text === 'string' ? findLevelPrefix(text) : undefined
  if (level !== undefined) {
    faults.push(
      `${textName} must be an object to have a template for one level, such as { "${level}": "{time} {msg}" }, got a text that begins with '${level}='; for all levels, write { "default": … }`
    )
  }
  if (format === 'ndjson') {
    faults.push(
      `${textName} must not be given with ${formatName} 'ndjson', which writes records as they were sent; leave one of them out`
    )
  }
  return faults
}

/**
 * Reads the values of the command line or the environment: `TEMPLATE` is for all levels, `LEVEL=TEMPLATE` for one.
 * @throws ERR_ZMQ_PUB_OPTION if two templates are for the same level, or if LEVEL is not the name of a level
 */
export function parseTemplates(items: readonly string[], optionName: string): TextTemplates {
  const templates = new Map<string, string>()
  for (const item of items) {
    const [levelName, template] = splitTemplate(item, optionName)
    if (templates.has(levelName)) {
      const which = levelName === otherLevels ? 'all levels' : `the level ${levelName}`
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `${optionName} must have one template for ${which}, got two; that of a single level is written as 'debug={msg}'`
      )
    }
    templates.set(levelName, template)
  }
  const ofAll = templates.get(otherLevels)
  const isForAll = templates.size === 1 && ofAll !== undefined
  return isForAll && findLevelPrefix(ofAll) === undefined ? ofAll : Object.fromEntries(templates)
}

/**
 * A word before `=` is a level, also a misspelt one. `level={level} {msg}` is a template that begins with a placeholder's
 * name.
 */
function splitTemplate(item: string, optionName: string): [levelName: string, template: string] {
  const level = findLevelPrefix(item)
  if (level !== undefined) return [level, item.slice(level.length + 1)]
  const [, name = ''] = /^(\w+)=/.exec(item) ?? []
  const found = findPrefixFault(item, name)
  if (found !== undefined) {
    const fault = mayBeKey(item)
      ? `must have the name of a level before '=', got ${hideKeys(item)}`
      : found // not a part of it
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName} ${fault}; if this is the beginning of a template for all levels, put default= before it`
    )
  }
  return [otherLevels, item]
}

/** The level in `LEVEL=TEMPLATE`; undefined where a text doesn't begin with one. */
function findLevelPrefix(text: string): string | undefined {
  const [, name = ''] = /^(\w+)=/.exec(text) ?? []
  return name === otherLevels || findLevelNumber(name) !== undefined ? name : undefined
}

/** Finds what must have been meant as a level: `eror=`, `25=`, and in another form `error =`, `error,warn=`, `error:{time}`. */
function findPrefixFault(item: string, name: string): string | undefined {
  if (/^([a-z]+|\d+)$/i.test(name)) return isTextName(name) ? undefined : describeUnknownLevel(name)
  const [, words = ''] = /^([\w\s,;|/]{1,40})=/.exec(item) ?? /^(\w{1,40}):\{/.exec(item) ?? []
  const hasLevel = (words.match(/\w+/g) ?? []).some(word => findLevelNumber(word) !== undefined)
  return hasLevel
    ? `must have one level, directly before '=', as in 'error={msg}', got ${JSON.stringify(item.slice(0, words.length + 1))}`
    : undefined
}
