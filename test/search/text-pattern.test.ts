/** A text is found however a line spells it, and nothing in it is a regular expression. */
import { test } from 'tap'
import { toTextPattern } from '../../lib/search/text-pattern.ts'

const cases: [text: string, line: string, isFound: boolean][] = [
  ['paid', '{"msg":"PAID"}', true],
  ['Paid', '{"msg":"paid"}', false],
  ['17', '{"order":17}', true],
  ['.*', '{"msg":"x"}', false],
  ['(a|b){2}[c]', '{"msg":"(a|b){2}[c]"}', true],
  ['say "hi"', String.raw`{"msg":"say \"hi\""}`, true],
  ['"level":30', '{"level":30}', true],
  ['a/b', String.raw`{"url":"a\/b"}`, true],
  [String.raw`c:\logs`, String.raw`{"path":"C:\\Logs"}`, true],
  ['größe', String.raw`{"msg":"Gr\u00f6\u00dfe"}`, true],
  ['größe', String.raw`{"msg":"GR\u00D6\u00DFE"}`, true],
  ['Größe', String.raw`{"msg":"Gr\u00F6\u00DFe"}`, true],
  ['Größe', '{"msg":"GRÖßE"}', false],
  ['😀', String.raw`{"msg":"\ud83d\ude00"}`, true],
  ['日本', '{"msg":"日本"}', true],
  ['a\tb', String.raw`{"msg":"a\tb"}`, true],
  ['a\tb', String.raw`{"msg":"a\u0009b"}`, true],
  ['a\nb', String.raw`{"msg":"a\nb"}`, true]
]

for (const [text, line, isFound] of cases) {
  test(`${JSON.stringify(text)} is ${isFound ? '' : 'not '}in ${line}`, async t => {
    t.equal(toTextPattern(text, 'ndjson').regexp.test(line), isFound)
  })
}

const exact: [text: string, format: 'ndjson' | 'text', isExact: boolean][] = [
  ['Paid', 'ndjson', true],
  ['17', 'ndjson', true],
  ['paid', 'ndjson', false],
  ['"A"', 'ndjson', false],
  ['"A"', 'text', true],
  ['É', 'text', true],
  ['\uFFFD', 'text', false]
]

for (const [text, format, isExact] of exact) {
  test(`in the format ${format}, ${JSON.stringify(text)} is ${isExact ? '' : 'not '}searched by its bytes alone`, async t => {
    t.equal(toTextPattern(text, format).exact, isExact ? text : '')
  })
}

test('in the text format no escapes are meant', async t => {
  t.notOk(toTextPattern('É', 'text').regexp.test(String.raw`\u00c9`))
})
