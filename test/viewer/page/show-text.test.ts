import { test } from 'tap'
import { markFound, showLines, showText } from '../../../lib/viewer/page/model/show-text.ts'

const cases: [what: string, text: string, shown: string][] = [
  ['markup', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['control characters', 'a\u001b[31m\u0000\u009bb', 'a\\u001b[31m\\u0000\\u009bb'],
  ['newlines', 'a\nb', 'a⏎b'],
  ['overrides of the direction', '\u202egnp.exe\u2066', '\\u202egnp.exe\\u2066'],
  ['separators of lines', '\u2028\u2029', '\\u2028\\u2029'],
  ['letters of all languages', 'žluťoučký 你好 שלום 🙂', 'žluťoučký 你好 שלום 🙂']
]

for (const [what, text, shown] of cases) {
  test(`${what} are shown as one line of text`, async t => {
    t.equal(showText(text), shown)
  })
}

test('a long text is cut, and never inside of a character', async t => {
  t.equal(showText('x'.repeat(1_000_000), 5), 'xxxxx…')
  t.equal(showText('ab🙂c', 3), 'ab…')
  t.equal(showText('ab🙂c', 4), 'ab🙂…')
})

test('a stack keeps its lines', async t => {
  t.equal(showLines('Error\n\tat x\r\u0007', 100), 'Error\n\tat x\\u000d\\u0007')
})

const marks: [text: string, wanted: string[], marked: string][] = [
  ['paid by card', ['paid'], '[paid] by card'],
  ['Paid PAID', ['paid'], '[Paid] [PAID]'],
  ['Paid PAID', ['PAID'], 'Paid [PAID]'],
  ['abc', ['b', 'bc'], 'a[b]c'],
  ['abab', ['ab'], '[ab][ab]'],
  ['İpaid', ['paid'], 'İ[paid]'],
  ['abc', ['x', ''], 'abc'],
  ['', ['x'], '']
]

for (const [text, wanted, marked] of marks) {
  test(`in '${text}', ${wanted.join(' and ')} is found: ${marked}`, async t => {
    const parts = markFound(text, wanted)
    t.equal(parts.map(part => (part.isFound ? `[${part.text}]` : part.text)).join(''), marked)
  })
}
