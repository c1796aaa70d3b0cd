import { test } from 'tap'
import { suggestName } from '../../lib/util/suggest.ts'

const cases: [name: string, known: string[], suggested: string | undefined][] = [
  ['adress', ['bind', 'address'], 'address'],
  ['ip', ['id', 'address'], 'id'],
  ['maximum-sizes', ['maximum-age', 'maximum-size'], 'maximum-size'],
  ['symlonkxyz', ['symlink-abc'], undefined],
  ['colour', ['bind', 'address'], undefined],
  ['adxxxx', ['bind', 'address'], undefined],
  ['ip', ['bind', 'address'], undefined],
  ['ip', [], undefined]
]

for (const [name, known, suggested] of cases) {
  test(`for '${name}', of [${known.join(', ')}], ${suggested ?? 'nothing'} is suggested`, async t => {
    t.equal(suggestName(name, known), suggested ? ` (did you mean '${suggested}'?)` : '')
  })
}

test('a suggestion is written as the message writes names', async t => {
  t.equal(
    suggestName('bnid', ['bind'], name => `--${name}`),
    " (did you mean '--bind'?)"
  )
})
