import { test } from 'tap'
import { toThreadArguments } from '../../lib/util/thread.ts'

const cases: [given: string[], expected: string[]][] = [
  [
    ['--import=./a.js', '--input-type=module', '-e', 'code'],
    ['--import=./a.js', '-e', 'code']
  ],
  [['--input-type', 'module', '--no-warnings'], ['--no-warnings']],
  [[], []]
]

for (const [given, expected] of cases) {
  test(`a thread of node ${given.join(' ')} has ${expected.length} arguments`, async t => {
    t.strictSame(toThreadArguments(given), expected)
  })
}
