import { test } from 'tap'
import { escapeName, escapeUnsafe } from '../../../lib/collector/reporting/escaped-name.ts'

test('a name that a peer has chosen is short, and one line that no terminal acts on', async t => {
  t.equal(escapeName('shop'), 'shop')
  t.equal(escapeName('a\tb\nc\u001b[2J'), String.raw`a\u0009b\u000ac\u001b[2J`)
  t.ok(Buffer.byteLength(escapeName('ä'.repeat(1000))) <= 256)
})

test('a text keeps its length, and is one line', async t => {
  const text = 'x'.repeat(1000)
  t.equal(escapeUnsafe(`${text}\n`), `${text}\\u000a`)
})
