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
  ['"\x7f\x85"', '\x7f\x85'],
  ['{ "__proto__": { "x": 1 } }', JSON.parse('{ "__proto__": { "x": 1 } }')]
]

for (const [text, value] of accepted) {
  test(`accepted: ${JSON.stringify(text)}`, async t => {
    t.strictSame(parseConfigText(text), value)
    t.strictSame(Object.keys(parseConfigText(text) as object), Object.keys(value as object))
  })
}

const refused: [text: string, message: string][] = [
  ['', 'line 1, column 1: a value expected, got the end'],
  ['{ "a": 1', 'line 1, column 9: , or } expected, got the end'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: , or } expected, got "'],
  ['{ "a": 1, }', 'line 1, column 11: a key in double quotes expected, got }'],
  ["{ 'a': 1 }", "line 1, column 3: a key in double quotes expected, got '"],
  ['{ a: 1 }', 'line 1, column 3: a key in double quotes expected, got a'],
  ['{ "a" 1 }', 'line 1, column 7: : expected, got 1'],
  ['[1 2]', 'line 1, column 4: , or ] expected, got 2'],
  ['[1, ]', 'line 1, column 5: a value expected, got ]'],
  ['{ "a": yes }', 'line 1, column 8: a value expected, got yes'],
  ['{ "a": 01 }', 'line 1, column 8: a value expected, got 01'],
  ['{ "a": "x\ny" }', 'line 1, column 8: a value expected, got "'],
  ['{ "a": "x\ty" }', 'line 1, column 8: a text without control characters expected'],
  ['{ "x\ty": 1 }', 'line 1, column 3: a text without control characters expected'],
  ['{ "a": "\\x" }', 'line 1, column 8: a value expected, got "'],
  ['{} /* no end', 'line 1, column 4: the end expected, got /'],
  ['{}\n{}', 'line 2, column 1: the end expected, got {'],
  [
    '{ "a": 1, "b": { "a": 2, "a": 3 } }',
    'line 1, column 26: the key "a" is given twice; delete one'
  ],
  ['{ "a": 1,\n"\\u0061": 2 }', 'line 2, column 1: the key "\\u0061" is given twice; delete one']
]

for (const [text, message] of refused) {
  test(`refused: ${JSON.stringify(text)}`, async t => {
    t.throws(() => parseConfigText(text), { name: 'SyntaxError', message })
  })
}

test('what JSON.stringify writes is read as JSON.parse does', async t => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(0, 2, '\t'), (json, indent) => {
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
