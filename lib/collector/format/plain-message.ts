/** The plain wire, receiving side: what foreign publishers such as Python's PUBHandler send. */
import { parseObject } from '../../util/object.ts'
import { parsePlainTopic, plainLevelNumbers, type PlainTopic } from '../../wire/plain-topic.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { joinEntry, pinoSettings, toTextEntry } from './text-format.ts'

/** A message of a foreign publisher. */
export class PlainMessage {
  readonly parts: TopicParts
  readonly #text: Buffer
  readonly #zone: TimeZone
  readonly #now: number

  /** @param now when it came. Unit: ms since the epoch */
  constructor(parts: TopicParts, text: Buffer, zone: TimeZone, now: number) {
    this.parts = parts
    this.#text = text
    this.#zone = zone
    this.#now = now
  }

  /** As one NDJSON record; a text that is a pino record already stays as it is. */
  toRecord(): string {
    const line = trimNewline(this.#text)
    if (isPinoRecord(line)) return `${line}\n`
    const { level, names } = this.parts
    return `{"level":${level},"time":${this.#now}${names},"msg":${JSON.stringify(line)}}\n`
  }

  /** As one entry of the text format. */
  toEntry(): string {
    const line = trimNewline(this.#text)
    if (isPinoRecord(line)) return toTextEntry(line, pinoSettings, this.#zone, this.#now)
    const { levelName, fullTopic } = this.parts
    return joinEntry(this.#now, levelName, fullTopic, line, this.#zone)
  }
}

/** What a topic adds to each of its messages. */
export interface TopicParts {
  /** the root, '' for none */
  app: string
  /** what stands behind the level, '' for nothing */
  subtopic: string
  /** as it was sent */
  levelName: string
  /** pino's number */
  level: number
  /** root and sub-topic, as text and as members of a record */
  fullTopic: string
  names: string
}

/** Topics that have been taken apart before: most messages have one of few. */
const knownTopics = new Map<string, TopicParts>()
const maxKnownTopics = 1000

/** @param topic `[root.]LEVEL[.subtopic]` */
export function recallTopic(topic: string): TopicParts {
  let parts = knownTopics.get(topic)
  if (!parts) {
    parts = toParts(parsePlainTopic(topic))
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
    level: plainLevelNumbers[levelName] ?? defaultLevel,
    fullTopic: [root, subtopic].filter(part => part !== '').join('.'),
    names: subtopic === '' ? name : `${name},"topic":${JSON.stringify(subtopic)}`
  }
}

/** INFO */
const defaultLevel = 30

/** Our own transport sends whole records on the plain wire, too. */
function isPinoRecord(line: string): boolean {
  if (!line.startsWith('{')) return false
  const record = parseObject(line)
  return record !== undefined && 'level' in record && 'time' in record && !line.includes('\n')
}

/** PUBHandler's default formatters end each message with a newline. */
function trimNewline(text: Buffer): string {
  return text.toString('utf8', 0, text.at(-1) === 0x0a ? text.length - 1 : text.length)
}
