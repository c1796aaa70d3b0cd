import { test } from 'tap'
import { splitSubtopic } from '../../lib/record/subtopic.ts'

const splits: [topic: unknown, message: unknown, subtopic: string, text: string][] = [
  [undefined, 'a::b', 'a', 'b'],
  [undefined, 'a::b::c', 'a', 'b::c'],
  [undefined, 'a::', 'a', ''],
  [undefined, '::b', '', '::b'],
  [undefined, 'in a::b', '', 'in a::b'],
  [undefined, 'a:b', '', 'a:b'],
  [undefined, 5, '', ''],
  ['t', 'a::b', 't', 'a::b'],
  ['t', undefined, 't', ''],
  ['', 'a::b', 'a', 'b'],
  [5, 'a::b', 'a', 'b']
]

for (const [topic, message, subtopic, text] of splits) {
  const given = `${JSON.stringify(topic)} and ${JSON.stringify(message)}`
  test(`topic and message ${given} have the sub-topic '${subtopic}'`, async t => {
    t.strictSame(splitSubtopic(topic, message), { subtopic, text })
  })
}
