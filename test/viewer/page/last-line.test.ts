import { test } from 'tap'
import { readLastLine } from '../../../lib/viewer/page/model/last-line.ts'

const cases: [text: string, last: object | undefined][] = [
  ['{"end":{"found":7,"troubles":[]}}', { failure: undefined }],
  ['{"error":{"code":"x","message":"no such output"}}', { failure: 'no such output' }],
  ['{"error":{"code":"x","message":"of an app"},"level":50}', undefined],
  ['{"error":"text"}', undefined],
  ['{"end":7}', undefined],
  ['{"end":', undefined],
  ['{"level":30}', undefined]
]

for (const [text, last] of cases) {
  test(`${text} is ${last ? 'the last line of an answer' : 'a record'}`, async t => {
    t.strictSame(readLastLine(text), last)
  })
}
