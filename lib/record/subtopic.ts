/** Stands between a sub-topic and the message, as in Python: `db.query::slow`. */
const topicDelimiter = '::'

/**
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
  const at = text.indexOf(topicDelimiter)
  const isSubtopic = at > 0 && !/\s/.test(text.slice(0, at))
  return isSubtopic
    ? { subtopic: text.slice(0, at), text: text.slice(at + topicDelimiter.length) }
    : { subtopic: '', text }
}
