import { test } from 'tap'
import { findLiteral, findPlainPart } from '../../lib/search/literals.ts'

const expressions: [source: string, text: string, isWhole: boolean][] = [
  ['order failed', 'order failed', true],
  [String.raw`a\.b\/c`, 'a.b/c', true],
  [String.raw`order=\d+ failed`, ' failed', false],
  ['abc*', 'ab', false],
  ['abc+d', 'abc', false],
  ['abc?defg', 'defg', false],
  ['abc{0,2}', 'ab', false],
  ['(abcdef)?gh', 'gh', false],
  ['(a[)]b(c)d)ef', 'ef', false],
  ['(?!abcdef)gh', 'gh', false],
  ['[abc]de', 'de', false],
  [String.raw`[\]abc]de`, 'de', false],
  ['ab|cd', '', false],
  [String.raw`\u0041bc`, 'bc', false],
  [String.raw`\u{1F600}bc`, 'bc', false],
  [String.raw`\x41bc`, 'bc', false],
  [String.raw`\p{Lu}bc`, 'bc', false],
  ['é日', 'é日', true],
  ['\uFFFD', '', false],
  ['^a$', 'a', false],
  ['', '', false]
]

for (const [source, text, isWhole] of expressions) {
  test(`each match of /${source}/ contains '${text}'`, async t => {
    t.strictSame(findLiteral(source), { text, isWhole })
  })
}

const texts: [text: string, part: string][] = [
  ['shop', 'shop'],
  ['a/bc', 'bc'],
  ['say "hello"', 'hello'],
  ['\n', ''],
  ['é日😀', 'é日😀'],
  ['', '']
]

for (const [text, part] of texts) {
  test(`JSON writes the part '${part}' of ${JSON.stringify(text)} as it is`, async t => {
    t.equal(findPlainPart(text), part)
  })
}
