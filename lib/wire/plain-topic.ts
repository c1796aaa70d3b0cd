/** The topic of a plain message, `[root.]LEVEL[.subtopic]`, as Python's PUBHandler writes it. */

export interface PlainTopic {
  /** what stands before the level, '' for nothing */
  root: string
  /** as it was sent; 'INFO' where the topic has no level */
  levelName: string
  /** what stands after the level, '' for nothing */
  subtopic: string
}

/** Joins `[root.]LEVEL[.subtopic]`: the reverse of `parsePlainTopic`. */
export function toPlainTopic({ root, levelName, subtopic }: PlainTopic): string {
  return [root, levelName, subtopic].filter(part => part !== '').join('.')
}

/** Splits `[root.]LEVEL[.subtopic]`; a topic without a level is all sub-topic. */
export function parsePlainTopic(topic: string): PlainTopic {
  const parts = topic.split('.')
  const at = parts.findIndex(part => Object.hasOwn(plainLevelNumbers, part))
  if (at === -1) return { root: '', levelName: 'INFO', subtopic: topic }
  return {
    root: parts.slice(0, at).join('.'),
    levelName: parts[at] ?? 'INFO',
    subtopic: parts.slice(at + 1).join('.')
  }
}

/** The level number of each levelName that may stand in a plain topic. */
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
