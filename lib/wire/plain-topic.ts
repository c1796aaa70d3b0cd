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

/** The levels of Python's logging and of pino. */
const usualLevels: ReadonlySet<string> = new Set(
  'NOTSET TRACE DEBUG INFO WARN WARNING ERROR FATAL CRITICAL'.split(' ')
)

/**
 * Splits `[root.]LEVEL[.subtopic]` at the first of the usual levels, or else at the first of others; a
 * topic without one is all sub-topic.
 * @param isLevel whether another name in capitals, or `Level 33`, is that of a level
 */
export function parsePlainTopic(
  topic: string,
  isLevel: (levelName: string) => boolean
): PlainTopic {
  const parts = topic.split('.')
  const usual = parts.findIndex(part => usualLevels.has(part))
  const index =
    usual === -1 ? parts.findIndex(part => levelForm.test(part) && isLevel(part)) : usual
  if (index === -1) return { root: '', levelName: 'INFO', subtopic: topic }
  return {
    root: parts.slice(0, index).join('.'),
    levelName: parts[index] ?? 'INFO',
    subtopic: parts.slice(index + 1).join('.')
  }
}

/** How Python writes a level: in lower case it is a word of the root or the sub-topic. */
const levelForm = /^(?:[A-Z]{2,16}|Level \d{1,3})$/
