import { test } from 'tap'
import { escapeLine, escapeLines } from '../../lib/search/escape.ts'

test('a line has no newline, and nothing that a terminal acts on', async t => {
  t.equal(escapeLine('a\nb\r\u001b[2J'), String.raw`a\nb\u000d\u001b[2J`)
})

test('lines keep their newlines, also those of Windows', async t => {
  t.equal(escapeLines('a\r\nb\n\u001b]0;x\u0007'), 'a\nb\n\\u001b]0;x\\u0007')
})
