/** What can't be searched for in a log of the text format. */
import type { ResolvedOutputOptions } from '../collector/options/output-options.ts'
import { ZmqPubError } from '../errors.ts'
import type { CountKey, Query } from '../search/query.ts'

/**
 * An entry has no members, and a text of a record could look like one. So only the path says the app and the host.
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function refuseTextSearch(
  { file, text }: ResolvedOutputOptions,
  query: Query,
  countBy: CountKey | undefined
): void {
  const { app, host, topic, fields, level } = query
  const hasTimes = Number.isFinite(query.sinceMs) || Number.isFinite(query.untilMs)
  const templates = typeof text === 'string' ? [text] : Object.values(text)
  const begin = (start: string): boolean => templates.every(each => each.startsWith(start))
  const refused = [
    [fields.length > 0, '--field', ''],
    [topic !== undefined, '--topic', ''],
    [countBy === 'topic', '--count-by topic', ''],
    [app !== undefined && !file.includes('{app}'), '--app', 'a path with {app}, or '],
    [countBy === 'app' && !file.includes('{app}'), '--count-by app', 'a path with {app}, or '],
    [host !== undefined && !file.includes('{host}'), '--host', 'a path with {host}, or '],
    [countBy === 'host' && !file.includes('{host}'), '--count-by host', 'a path with {host}, or '],
    [
      hasTimes && !begin('{time}'),
      '--since and --until',
      "a template that begins with '{time}', or "
    ],
    [
      (level > 0 || countBy === 'level') && !begin('{time} | {level} | '),
      level > 0 ? '--level' : '--count-by level',
      "a template that begins with '{time} | {level} | ', or "
    ],
    [
      (countBy === 'minute' || countBy === 'hour') && !begin('{time}'),
      `--count-by ${countBy}`,
      "a template that begins with '{time}', or "
    ]
  ] as const
  const [, name, needed] = refused.find(([isRefused]) => isRefused) ?? []
  if (name === undefined) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${name} needs ${needed}a log in the format ndjson; ${file} has the format text: use --grep`
  )
}
