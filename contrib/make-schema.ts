/**
 * Writes contrib/collector.schema.json, the JSON schema of a configuration file.
 * Command:  npm run schema
 * Types and limits come from the options' validators, descriptions from docs/options.md and docs/files.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain } from '../lib/cli/is-main.ts'
import { collectorDefaults, configSchemas } from '../lib/collector/options/collector-options.ts'
import { toFlag } from '../lib/options/flags.ts'

const root = join(import.meta.dirname, '..')
/** Where the schema is written. */
export const schemaPath = join(root, 'contrib/collector.schema.json')

/** The schema, as an object. */
export function makeSchema(): object {
  const flags = readMeanings('docs/options.md')
  const ownKeys = readMeanings('docs/files.md')
  const ofFlag = (name: string): string | undefined => flags[`--${toFlag(name)}`]
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of zmq-pub-collector',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...describe(configSchemas.collector, ofFlag),
      from: {
        description: 'read records from a stream, into which gateways write, instead of listening',
        ...configSchemas.engine.from
      },
      outputs: {
        description:
          "several outputs; an option that an output doesn't give is that of the collector",
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          properties: {
            nats: {
              description: 'write to a stream instead of files; it must be the only output',
              ...configSchemas.engine.nats
            },
            ...describe(configSchemas.output, name =>
              name in configSchemas.collector && name !== 'topic' ? ofFlag(name) : ownKeys[name]
            )
          }
        }
      }
    }
  }
}

function describe(
  schemas: Record<string, object>,
  toMeaning: (name: string) => string | undefined
): Record<string, object> {
  const entries = Object.entries(schemas).map(([name, schema]) => {
    const description = toMeaning(name)
    if (description === undefined) throw new Error(`no page says what ${name} means`)
    return [name, { description, ...schema, ...defaultOf(name) }]
  })
  return Object.fromEntries(entries) as Record<string, object>
}

function defaultOf(name: string): { default?: unknown } {
  const value: unknown = Object.entries(collectorDefaults).find(([known]) => known === name)?.[1]
  const hasDefault = value !== undefined && value !== '' && !Array.isArray(value)
  return hasDefault ? { default: value } : {}
}

/** The descriptions of options on a page: the last column of its tables, by the first one, as plain text. */
function readMeanings(page: string): Record<string, string> {
  const rows = readFileSync(join(root, page), 'utf8').matchAll(/^\| `([\w-]+)` .*\| (.*?) *\|$/gm)
  return Object.fromEntries(
    [...rows].map(([, name = '', meaning = '']) => [name, toPlain(meaning)])
  )
}

function toPlain(markdown: string): string {
  return markdown
    .replaceAll(/(?:; see )?\[([^\]]*)\]\([^)]*\)/g, (whole, text: string) =>
      whole.startsWith('; see') ? '' : text
    )
    .replaceAll('`', '')
}

if (isMain(import.meta.url, 'make-schema.js')) {
  writeFileSync(schemaPath, `${JSON.stringify(makeSchema(), null, 2)}\n`)
}
