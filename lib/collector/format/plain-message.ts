import { parseObject } from '../../util/object.ts'
import { findLevelNumber } from '../../record/levels.ts'
import { parsePlainTopic, type PlainTopic } from '../../wire/plain-topic.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { joinEntry, toColumn } from './entry.ts'
import { EntryWriter, pinoSettings } from './text-format.ts'

/** A message of a plain publisher, such as Python's PUBHandler, and how it is written to a log. */
export class PlainMessage {
  /** what its topic says */
  readonly parts: TopicParts
  readonly #text: Buffer
  readonly #zone: TimeZone
  readonly #now: number

  /** @param now time of arrival. Unit: ms since the epoch */
  constructor(parts: TopicParts, text: Buffer, zone: TimeZone, now: number) {
    this.parts = parts
    this.#text = text
    this.#zone = zone
    this.#now = now
  }

  /** As one NDJSON record with its newline; a text that already is a pino record stays as it is. */
  toRecord(): string {
    const line = trimNewline(this.#text)
    if (isPinoRecord(line)) return `${line}\n`
    const { level, names } = this.parts
    return `{"level":${level},"time":${this.#now}${names},"msg":${JSON.stringify(line)}}\n`
  }

  /** As one entry of the text format, with its newline. */
  toEntry(): string {
    const line = trimNewline(this.#text)
    if (isPinoRecord(line))
      return new EntryWriter(pinoSettings, this.#zone, this.#now).toEntry(line)
    const { levelName, fullTopic } = this.parts
    const lineEnd = line.includes('\n') ? line.indexOf('\n') : line.length
    const entry = {
      time: this.#now,
      levelName,
      subtopic: toColumn(fullTopic),
      message: line.slice(0, lineEnd),
      fields: '',
      details: line.slice(lineEnd + 1),
      isSafe: false
    }
    return joinEntry(entry, this.#zone)
  }
}

/** The parts of a topic, and what they add to each of its messages. */
export interface TopicParts {
  /** the root topic, '' for none */
  app: string
  /** the part behind the level, '' for none */
  subtopic: string
  /** the level name as it was sent */
  levelName: string
  /** pino's number */
  level: number
  /** root topic and sub-topic, joined by a dot */
  fullTopic: string
  /** the same as members of a JSON record, each with a comma before it */
  names: string
}

/** Parsed topics: most messages have one of a few. */
const knownTopics = new Map<string, TopicParts>()
const maxKnownTopics = 1000
/** A longer topic isn't kept: its peer may have many. Unit: characters */
const maxTopicLength = 1024

/** Parses a topic, or takes it from the cache. @param topic `[root.]LEVEL[.subtopic]` */
export function recallTopic(topic: string): TopicParts {
  let parts = knownTopics.get(topic)
  if (!parts) {
    parts = toParts(parsePlainTopic(topic, name => findLevelNumber(name) !== undefined))
    if (topic.length > maxTopicLength) return parts
    if (knownTopics.size >= maxKnownTopics) knownTopics.clear()
    knownTopics.set(topic, parts)
  }
  return parts
}

function toParts({ root, levelName, subtopic }: PlainTopic): TopicParts {
  const name = root === '' ? '' : `,"name":${JSON.stringify(root)}`
  return {
    app: root,
    subtopic,
    levelName,
    level: findLevelNumber(levelName) ?? defaultLevel,
    fullTopic: [root, subtopic].filter(part => part !== '').join('.'),
    names: subtopic === '' ? name : `${name},"topic":${JSON.stringify(subtopic)}`
  }
}

/** INFO, for a topic without a known level */
const defaultLevel = 30

/** The transport of zmq-pub sends whole records on the plain wire, too. */
function isPinoRecord(line: string): boolean {
  if (!line.startsWith('{')) return false
  const record = parseObject(line)
  return record !== undefined && 'level' in record && 'time' in record && !line.includes('\n')
}

/** PUBHandler's default formatters end each message with a newline. */
function trimNewline(text: Buffer): string {
  return text.toString('utf8', 0, text.at(-1) === 0x0a ? text.length - 1 : text.length)
}
