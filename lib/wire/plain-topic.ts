/** The topic of a plain message, `[root.]LEVEL[.subtopic]`, as Python's PUBHandler writes it. */

/** The parts of a plain topic. */
export interface PlainTopic {
  /** the part before the level, '' for none */
  root: string
  /** as on the wire; 'INFO' where the topic has no level */
  levelName: string
  /** the part after the level, '' for none */
  subtopic: string
}

/** Joins `[root.]LEVEL[.subtopic]`: the reverse of `parsePlainTopic` for the levels that it knows. */
export function toPlainTopic({ root, levelName, subtopic }: PlainTopic): string {
  return [root, levelName, subtopic].filter(part => part !== '').join('.')
}

/** Splits `[root.]LEVEL[.subtopic]` at the first known level; a topic without one is all sub-topic. */
export function parsePlainTopic(topic: string): PlainTopic {
  const parts = topic.split('.')
  const index = parts.findIndex(part => Object.hasOwn(plainLevelNumbers, part))
  if (index === -1) return { root: '', levelName: 'INFO', subtopic: topic }
  return {
    root: parts.slice(0, index).join('.'),
    levelName: parts[index] ?? 'INFO',
    subtopic: parts.slice(index + 1).join('.')
  }
}

/** The level number of each level name that a plain topic may have. */
export const plainLevelNumbers: Readonly<Record<string, number>> = {
  NOTSET: 10,
  TRACE: 10,
  DEBUG: 20,
  INFO: 30,
  WARN: 40,
  WARNING: 40,
  ERROR: 50,
  FATAL: 60,
  CRITICAL: 60
}
