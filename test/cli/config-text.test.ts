import fc from 'fast-check'
import { test } from 'tap'
import { parseConfigText } from '../../lib/cli/config-text.ts'

const accepted: [text: string, value: unknown][] = [
  ['{}', {}],
  ['\uFEFF[]', []],
  [
    ' { "a" : [ 1 , -2.5e3 , true , false , null , "x" ] } \r\n',
    { a: [1, -2500, true, false, null, 'x'] }
  ],
  [String.raw`"\"\\\/\b\f\n\r\tü\u00fc{} // /* "`, '"\\/\b\f\n\r\tüü{} // /* '],
  ['// first\n{ "a": 1, // second\n /* third\n { */ "b": 2 } // last', { a: 1, b: 2 }],
  ['{ "a": "http://x/*y*/" }', { a: 'http://x/*y*/' }],
  ['"\x7f\x85"', '\x7f\x85']
]

for (const [text, value] of accepted) {
  test(`accepted: ${JSON.stringify(text)}`, async t => {
    t.strictSame(parseConfigText(text), value)
    t.strictSame(Object.keys(parseConfigText(text) as object), Object.keys(value as object))
  })
}

const refused: [text: string, message: string][] = [
  ['', 'line 1, column 1: value expected, got the end'],
  ['{ "a": 1', 'line 1, column 9: close brace expected, got the end'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: comma expected, got "'],
  ['{ "a": 1, }', 'line 1, column 11: property name expected, got }'],
  ["{ 'a': 1 }", "line 1, column 3: invalid symbol, got '"],
  ['{ a: 1 }', 'line 1, column 3: invalid symbol, got a'],
  ['{ "a" 1 }', 'line 1, column 7: colon expected, got 1'],
  ['[1 2]', 'line 1, column 4: comma expected, got 2'],
  ['[1, ]', 'line 1, column 5: value expected, got ]'],
  ['{ "a": yes }', 'line 1, column 8: invalid symbol, got yes'],
  ['{ "a": 01 }', 'line 1, column 9: comma expected, got 1'],
  ['{ "a": "x\ny" }', 'line 1, column 8: unexpected end of string, got "'],
  ['{ "a": "x\ty" }', 'line 1, column 8: invalid character, got "'],
  ['{ "x\ty": 1 }', 'line 1, column 3: invalid character, got "'],
  ['{ "a": "\\x" }', 'line 1, column 8: invalid escape character, got "'],
  ['{} /* no end', 'line 1, column 4: unexpected end of comment, got /'],
  ['{}\n{}', 'line 2, column 1: end of file expected, got {'],
  [
    '{ "a": 1, "b": { "a": 2, "a": 3 } }',
    'line 1, column 26: the key "a" is given twice; delete one'
  ],
  ['{ "a": 1,\n"\\u0061": 2 }', 'line 2, column 1: the key "a" is given twice; delete one'],
  ['{ "__proto__": 1 }', 'line 1, column 3: the key "__proto__" is not allowed']
]

for (const [text, message] of refused) {
  test(`refused: ${JSON.stringify(text)}`, async t => {
    t.throws(() => parseConfigText(text), { name: 'SyntaxError', message })
  })
}

test('what JSON.stringify writes is read as JSON.parse does', async t => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 2, '\t'), (json, indent) => {
      fc.pre(!json.includes('"__proto__"')) // which is refused
      const value: unknown = JSON.parse(json)
      const text = JSON.stringify(value, null, indent)
      t.strictSame(parseConfigText(text), value)
    }),
    { numRuns: 200 }
  )
})

test('what is refused by JSON.parse is refused, if it has no comment', async t => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', '[', '0', '\\'),
      (json, at, mark) => {
        const offset = at % (json.length + 1)
        const text = json.slice(0, offset) + mark + json.slice(offset + 1)
        const isValid = (parse: (given: string) => unknown): boolean => {
          try {
            parse(text)
            return true
          } catch {
            return false
          }
        }
        const hasTwice = !isValid(parseConfigText) && isValid(JSON.parse)
        if (!hasTwice) t.equal(isValid(parseConfigText), isValid(JSON.parse), text)
      }
    ),
    { numRuns: 500 }
  )
})
