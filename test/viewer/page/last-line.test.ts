import { test } from 'tap'
import { checkEnd } from '../../../lib/viewer/page/model/last-line.ts'

const cases: [line: string, reason: RegExp | undefined][] = [
  ['{"end":{"found":7,"troubles":[]}}', undefined],
  ['{"error":{"code":"x","message":"no such output"}}', /^no such output$/],
  ['{"level":30,"msg":"x"}', /not complete/],
  ['{"end":{"fou', /not complete/],
  ['', /not complete/]
]

for (const [line, reason] of cases) {
  test(`an answer that ends with '${line}' is ${reason ? 'refused' : 'complete'}`, async t => {
    if (reason) t.throws(() => checkEnd(line), { message: reason })
    else t.doesNotThrow(() => checkEnd(line))
  })
}
