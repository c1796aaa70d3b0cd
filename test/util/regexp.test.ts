import { test } from 'tap'
import { escapeRegExp } from '../../lib/util/regexp.ts'

/** All printable ASCII characters. */
const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32))

for (const text of [...Array.from(ascii), ascii, '', 'größe\n', String.raw`\d+\\$&`]) {
  test(`escaped, ${JSON.stringify(text)} matches itself only`, async t => {
    for (const flags of ['', 'u']) {
      const pattern = new RegExp(`^${escapeRegExp(text)}$`, flags)
      t.match(text, pattern)
      t.notMatch(`${text}x`, pattern)
      t.notMatch('é', pattern)
    }
  })
}
