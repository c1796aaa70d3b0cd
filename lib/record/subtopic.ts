/** Separates sub-topic and message, as in Python's PUBHandler: `db.query::slow`. */
export const topicDelimiter = '::'

/**
 * Finds a record's sub-topic: its `topic`, or the part of its message before `::`, without spaces.
 * @param topic the record's `topic` field, of any type
 * @param message the record's message, of any type
 * @returns the sub-topic, '' for none, and the message without it
 */
export function splitSubtopic(
  topic: unknown,
  message: unknown
): { subtopic: string; text: string } {
  const text = typeof message === 'string' ? message : ''
  if (typeof topic === 'string' && topic !== '') return { subtopic: topic, text }
  const index = text.indexOf(topicDelimiter)
  const isSubtopic = index > 0 && !/\s/.test(text.slice(0, index))
  return isSubtopic
    ? { subtopic: text.slice(0, index), text: text.slice(index + topicDelimiter.length) }
    : { subtopic: '', text }
}
