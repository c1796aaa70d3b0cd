/**
 * What a watcher of the live records wants of them. A watcher that subscribes to the empty prefix would get all records, as prefixes
 * of topics can't say "from WARN on, whatever the app". So it also subscribes to a topic that nothing is published
 * under, and whose text is its filter:
 *
 *   NUL zmq-pub/live {"level":40,"apps":["shop"]}
 *
 * A publisher counts these: as many of its subscriptions to the empty prefix want only what one of the filters matches.
 */
import { isObject, parseObject } from '../util/object.ts'

/** A record matches where it matches each member that is not empty. */
export interface LiveFilter {
  /** lowest level, as pino's number; 0 = all */
  level: number
  /** names of apps, or their root topics; empty = all */
  apps: readonly string[]
  /** empty = all */
  hosts: readonly string[]
  /** prefixes of sub-topics; empty = all */
  topics: readonly string[]
}

/** Who has logged a record. */
export interface LiveSource {
  /** the root of its topics */
  root: string
  app: string
  host: string
}

const prefix = '\0zmq-pub/live '

/** A longer filter is none. Unit: bytes */
export const maxFilterBytes = 4000

/** Whether it lets everything pass. */
export function isEmptyFilter({ level, apps, hosts, topics }: LiveFilter): boolean {
  return level === 0 && apps.length + hosts.length + topics.length === 0
}

/** The topic to subscribe to. */
export function encodeLiveFilter({ level, apps, hosts, topics }: LiveFilter): Buffer {
  return Buffer.from(prefix + JSON.stringify({ level, apps, hosts, topics }))
}

/** @returns undefined where the topic is no filter */
export function decodeLiveFilter(topic: Buffer): LiveFilter | undefined {
  if (topic[0] !== 0 || topic.length > maxFilterBytes) return undefined
  const text = topic.toString()
  const given = text.startsWith(prefix) ? parseObject(text.slice(prefix.length)) : undefined
  if (!isObject(given)) return undefined
  const { level } = given
  return {
    level: typeof level === 'number' ? level : 0,
    apps: toTexts(given['apps']),
    hosts: toTexts(given['hosts']),
    topics: toTexts(given['topics'])
  }
}

/** Whether a filter may match records of a source. A host that isn't known, as of most plain messages, is no listed one. */
export function matchesSource({ apps, hosts }: LiveFilter, source: LiveSource): boolean {
  const isApp = apps.length === 0 || apps.includes(source.app) || apps.includes(source.root)
  return isApp && (hosts.length === 0 || hosts.includes(source.host))
}

/** Whether a filter matches a record of a source that it matches. */
export function matchesRecord(
  { level: lowest, topics }: LiveFilter,
  level: number,
  subtopic: string
): boolean {
  return level >= lowest && (topics.length === 0 || topics.some(each => subtopic.startsWith(each)))
}

function toTexts(given: unknown): string[] {
  return Array.isArray(given) ? given.filter(item => typeof item === 'string') : []
}
