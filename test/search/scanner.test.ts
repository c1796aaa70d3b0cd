import { test } from 'tap'
import { everything } from '../../lib/search/query.ts'
import { Scanner } from '../../lib/search/scanner.ts'

const spellings: [value: string, json: string, isFound: boolean][] = [
  ['17', '17', true],
  ['17', '"17"', true],
  ['17', '1.7e1', true],
  ['17', '17.0', true],
  ['17', '16.999999999999999999999', true],
  ['17', '170', false],
  ['17', '[17]', false],
  ['1e+21', '1000000000000000000000', true],
  ['0', '-0', true],
  ['shop', String.raw`"sh\u006fp"`, true],
  ['a/b', String.raw`"a\/b"`, true],
  ['', '""', true],
  ['null', 'null', true],
  ['true', 'true', true]
]

for (const [value, json, isFound] of spellings) {
  test(`--field n=${value} ${isFound ? 'finds' : 'does not find'} ${json}`, async t => {
    const query = { ...everything, fields: [{ key: 'n', value }] }
    const lines = { timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' }
    const scanner = new Scanner(query, { ...lines, format: 'ndjson' })
    const chunk = Buffer.from(`{"n":"x"}\n{"n":${json}}\n{"n":"y"}\n`)
    t.strictSame(scanner.scan(chunk, 0), isFound ? [10, chunk.length - 10] : [])
  })
}
