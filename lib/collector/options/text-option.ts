/** The option `text`: how entries of the text format look, for all levels or by level. */
import { ZmqPubError } from '../../errors.ts'
import { recordOf, string, type Validator } from '../../options/validators.ts'
import { findLevelNumber, pinoLevelNames } from '../../record/levels.ts'
import {
  findTemplatesFault,
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
  if (format === 'ndjson') {
    faults.push(
      `${textName} must not be given with ${formatName} 'ndjson', which writes records as they were sent; leave one of them out`
    )
  }
  return faults
}

/**
 * Reads what the command line and the environment give: `TEMPLATE` for all levels, `LEVEL=TEMPLATE` for one.
 * @throws ERR_ZMQ_PUB_OPTION where two are for the same levels
 */
export function parseTemplates(items: readonly string[], optionName: string): TextTemplates {
  const templates = new Map<string, string>()
  for (const item of items) {
    const [levelName, template] = splitTemplate(item)
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
  return templates.size === 1 && ofAll !== undefined ? ofAll : Object.fromEntries(templates)
}

function splitTemplate(item: string): [levelName: string, template: string] {
  const [, name = '', template = ''] = /^(\w+)=(.*)$/s.exec(item) ?? []
  const isLevel = name === otherLevels || findLevelNumber(name) !== undefined
  return isLevel ? [name, template] : [otherLevels, item]
}
