/** What can't be searched for in a log of the text format. */
import { ZmqPubError } from '../errors.ts'
import type { CountKey, Query } from './query.ts'

/** A log of the text format. */
export interface TextLog {
  /** template of the paths of its files */
  file: string
  /** template of its entries, or templates by sub-topic or level */
  text: string | Readonly<Record<string, string>>
}

/** How a message names a filter. */
export interface FilterNames {
  /** what is before each name, such as `--` */
  prefix: string
  /** the filter by which each log can be searched */
  text: string
}

/**
 * An entry has no members, and a text of a record could look like one. So only the path says the app and the host.
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function refuseTextSearch(
  { file, text }: TextLog,
  query: Query,
  countBy: CountKey | undefined,
  { prefix, text: usable }: FilterNames
): void {
  const { apps, hosts, topics, fields, notApps, notHosts, notFields, level } = query
  const hasTimes = Number.isFinite(query.sinceMs) || Number.isFinite(query.untilMs)
  const templates = typeof text === 'string' ? [text] : Object.values(text)
  const begin = (start: string): boolean => templates.every(each => each.startsWith(start))
  const [hasApp, hasHost] = [file.includes('{app}'), file.includes('{host}')]
  const [appPath, hostPath] = ['a path with {app}, or ', 'a path with {host}, or ']
  const refused = [
    [fields.length > 0, `${prefix}field`, ''],
    [notFields.some(({ key }) => key !== 'app' && key !== 'host'), `${prefix}not`, ''],
    [topics.length > 0, `${prefix}topic`, ''],
    [countBy === 'topic', `${prefix}count-by topic`, ''],
    [apps.length > 0 && !hasApp, `${prefix}app`, appPath],
    [notApps.length > 0 && !hasApp, `${prefix}not app`, appPath],
    [countBy === 'app' && !hasApp, `${prefix}count-by app`, appPath],
    [hosts.length > 0 && !hasHost, `${prefix}host`, hostPath],
    [notHosts.length > 0 && !hasHost, `${prefix}not host`, hostPath],
    [countBy === 'host' && !hasHost, `${prefix}count-by host`, hostPath],
    [
      hasTimes && !begin('{time}'),
      `${prefix}since and ${prefix}until`,
      "a template that begins with '{time}', or "
    ],
    [
      (level > 0 || countBy === 'level') && !begin('{time} | {level} | '),
      level > 0 ? `${prefix}level` : `${prefix}count-by level`,
      "a template that begins with '{time} | {level} | ', or "
    ],
    [
      (countBy === 'minute' || countBy === 'hour') && !begin('{time}'),
      `${prefix}count-by ${countBy}`,
      "a template that begins with '{time}', or "
    ]
  ] as const
  const [, name, needed] = refused.find(([isRefused]) => isRefused) ?? []
  if (name === undefined) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${name} needs ${needed}a log in the format ndjson; ${file} has the format text: use ${usable}`
  )
}
