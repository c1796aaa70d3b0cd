/** A plain message whose text is a record already: what its topic says is said by the record, too. */
import {
  pythonLevelNames,
  toLevelName,
  toLevelNumber,
  toPinoLevelName
} from '../../record/levels.ts'
import { readMembers, readScalar, readText, toJson, type Members } from '../../record/members.ts'
import { RoleFinder } from '../../record/roles.ts'
import { getOwn } from '../../util/object.ts'
import type { TopicParts } from './topic-parts.ts'

/** A record as it is written. */
export interface PlainRecord {
  /** without its newline */
  line: string
  /** the level name in text format, undefined where it is the record's own */
  levelName: string | undefined
}

const roleFinder = new RoleFinder({})

/**
 * Reads a text that is one record on one line, with level and time. What zmq-pub's transport sends agrees
 * with its topic, and stays byte for byte. Python's formatters for JSON know nothing of the topic: they use
 * other numbers for levels, and no root and sub-topic. There the topic wins.
 * @returns undefined for any other text
 */
export function readPlainRecord(text: string, topic: TopicParts): PlainRecord | undefined {
  if (!text.startsWith('{') || text.includes('\n')) return undefined
  const record = readMembers(text)
  if (!record || !record.keys.includes('level') || !record.keys.includes('time')) return undefined
  const level = readScalar(record, roleFinder.find(record).level)
  const ownName = getOwn(pythonLevelNames, toPinoLevelName(toLevelName(level, {}), {}))
  return {
    line: agree(record, toLevelNumber(level, {}), topic) ? text : join(record, topic),
    levelName: topic.hasLevel && ownName !== topic.levelName ? topic.levelName : undefined
  }
}

/** Whether the record says what its topic says. */
function agree(record: Members, level: number, topic: TopicParts): boolean {
  if (!topic.hasLevel) return topic.subtopic === '' || hasSource(record) || hasTopic(record)
  return (
    isSameLevel(level, topic.level) &&
    (topic.app === '' || hasSource(record)) &&
    (topic.subtopic === '' || hasTopic(record, topic.subtopic))
  )
}

/** A topic has one of few levels, a record maybe one between them; TRACE goes as DEBUG, as Python has no TRACE. */
function isSameLevel(level: number, ofTopic: number): boolean {
  return (
    Math.abs(level - ofTopic) < 10 ||
    Math.max(level, ofTopic) <= 20 ||
    Math.min(level, ofTopic) >= 60
  )
}

/** Whether it has a name, or what pino writes in any case: then the root topic may be one that was chosen. */
function hasSource({ keys }: Members): boolean {
  return keys.includes('name') || (keys.includes('pid') && keys.includes('hostname'))
}

/** Whether it has a topic, or a text that begins with it as `topic::`, whatever its key is. */
function hasTopic(record: Members, wanted?: string): boolean {
  return record.keys.some((key, index) => {
    const text = readText(record, index) ?? ''
    if (key === 'topic') return wanted === undefined ? text !== '' : text === wanted
    return wanted !== undefined && text.startsWith(`${wanted}::`)
  })
}

/** The record with level, root and sub-topic of its topic in front; what was in their place is left out, but for a name. */
function join(record: Members, topic: TopicParts): string {
  const { level, time } = roleFinder.find(record)
  let line = `{"level":${topic.hasLevel ? topic.level : toJson(record, level)},"time":${toJson(record, time)}${topic.names}`
  for (let index = 0; index < record.keys.length; index++) {
    const key = record.keys[index] as string
    const isReplaced =
      index === level || index === time || (key === 'topic' && topic.subtopic !== '')
    if (isReplaced) continue
    const isOtherName = key === 'name' && topic.app !== '' && readText(record, index) !== topic.app
    if (key === 'name' && topic.app !== '' && !isOtherName) continue
    line += `,${JSON.stringify(isOtherName ? 'logger' : key)}:${toJson(record, index)}`
  }
  return record.rest === '' ? `${line}}` : `${line},${record.rest}`
}
