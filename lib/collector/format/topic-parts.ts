import { findLevelNumber, isTopicLevel } from '../../record/levels.ts'
import { parsePlainTopic, type PlainTopic } from '../../wire/plain-topic.ts'

/** The parts of a topic, and what they add to each of its messages. */
export interface TopicParts {
  /** the root topic, '' for none */
  app: string
  /** the part behind the level, '' for none */
  subtopic: string
  /** whether it has a level */
  hasLevel: boolean
  /** the level name as it was sent, INFO where it has none */
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
    parts = toParts(parsePlainTopic(topic, isTopicLevel), topic)
    if (topic.length > maxTopicLength) return parts
    if (knownTopics.size >= maxKnownTopics) knownTopics.clear()
    knownTopics.set(topic, parts)
  }
  return parts
}

function toParts({ root, levelName, subtopic }: PlainTopic, topic: string): TopicParts {
  const name = root === '' ? '' : `,"name":${JSON.stringify(root)}`
  return {
    app: root,
    subtopic,
    hasLevel: subtopic !== topic,
    levelName,
    level: findLevelNumber(levelName) ?? defaultLevel,
    fullTopic: [root, subtopic].filter(part => part !== '').join('.'),
    names: subtopic === '' ? name : `${name},"topic":${JSON.stringify(subtopic)}`
  }
}

/** INFO, for a topic without a known level */
const defaultLevel = 30
