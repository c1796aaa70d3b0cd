import { test } from 'tap'
import { escapeLine, escapeText, toUnicodeEscape } from '../../lib/util/unsafe-characters.ts'

test('a character is escaped as JSON does it', async t => {
  t.equal(toUnicodeEscape('\u001B'), String.raw`\u001b`)
  t.equal(toUnicodeEscape('\u202E'), String.raw`\u202e`)
})

const cases: [what: string, text: string, line: string, lines: string][] = [
  ['usual text', 'a\tb ü 日本 😀', 'a\tb ü 日本 😀', 'a\tb ü 日本 😀'],
  ['newlines', 'a\nb', String.raw`a\u000ab`, 'a\nb'],
  ['carriage returns', 'a\rb', String.raw`a\u000db`, String.raw`a\u000db`],
  ['escapes of a terminal', '\u001B[31m', String.raw`\u001b[31m`, String.raw`\u001b[31m`],
  ['C1 controls', '\u009B', String.raw`\u009b`, String.raw`\u009b`],
  ['changes of direction', '\u2066\u202D', String.raw`\u2066\u202d`, String.raw`\u2066\u202d`]
]

for (const [what, text, line, lines] of cases) {
  test(`${what}: as one line and as several`, async t => {
    t.equal(escapeLine(text), line)
    t.equal(escapeText(text), lines)
  })
}
