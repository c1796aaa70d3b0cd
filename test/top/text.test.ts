import { test } from 'tap'
import {
  cutToWidth,
  fit,
  showBytes,
  showCount,
  showDuration,
  showSince,
  widthOf
} from '../../lib/top/text.ts'

const widths: [text: string, width: number][] = [
  ['', 0],
  ['shop', 4],
  ['größe', 5],
  ['e\u0301', 1],
  ['日本', 4],
  ['한글', 4],
  ['ｆｕｌｌ', 8],
  ['🚀', 2],
  ['👩‍👩‍👧', 2],
  ['✔️', 2],
  ['\u200b', 0]
]

for (const [text, width] of widths) {
  test(`${JSON.stringify(text)} takes ${width} columns`, async t => {
    t.equal(widthOf(text), width)
  })
}

test('a text is cut so that it fits, which an ellipsis shows', async t => {
  t.equal(cutToWidth('billing', 7), 'billing')
  t.equal(cutToWidth('billing', 6), 'billi…')
  t.equal(cutToWidth('日本語', 4), '日…')
  t.equal(cutToWidth('日本語', 5), '日本…')
  t.equal(cutToWidth('billing', 1), '…')
  t.equal(cutToWidth('billing', 0), '')
})

test('a cell is filled up to its width on either side', async t => {
  t.equal(fit('ab', 4), 'ab  ')
  t.equal(fit('ab', 4, 'right'), '  ab')
  t.equal(fit('日本語', 4), '日… ')
})

const shown: [text: string, expected: string][] = [
  [showCount(0), '0'],
  [showCount(12_345), '12,345'],
  [showCount(9_999_999), '9,999,999'],
  [showCount(12_345_678), '12 M'],
  [showCount(2e10), '20 G'],
  [showBytes(999), '999 B'],
  [showBytes(1000), '1.0 kB'],
  [showBytes(999_600), '1.0 MB'],
  [showBytes(25_000_000), '25 MB'],
  [showBytes(5e15), '5000 TB'],
  [showDuration(12.4), '12 ms'],
  [showDuration(1234), '1.2 s'],
  [showDuration(34_000), '34 s'],
  [showDuration(600_000), '10 min'],
  [showSince(900), '0 s'],
  [showSince(59_999), '59 s'],
  [showSince(60_000), '1 min'],
  [showSince(3_600_000), '1 h'],
  [showSince(200_000_000), '2 d']
]

for (const [text, expected] of shown) {
  test(`a number is shown as ${expected}`, async t => {
    t.equal(text, expected)
  })
}
