import { test } from 'tap'
import { cutText } from '../../lib/util/text.ts'

const cases: [text: string, maxBytes: number, cut: string][] = [
  ['', 0, ''],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['äb', 3, 'äb'],
  ['äöü', 5, 'äö'],
  ['日本', 5, '日'],
  ['日本', 2, ''],
  ['a😀', 4, 'a'],
  ['a😀', 5, 'a😀'],
  ['abc', 0, '']
]

for (const [text, maxBytes, cut] of cases) {
  test(`'${text}' cut to ${maxBytes} bytes is '${cut}'`, async t => {
    t.equal(cutText(text, maxBytes), cut)
  })
}
