import { test } from 'tap'
import { readToken } from '../../../lib/viewer/page/model/token.ts'

for (const text of [
  'http://127.0.0.1:8558/#token=abc_-1',
  '#token=abc_-1',
  ' abc_-1 ',
  '#token=abc_-1&x=1'
]) {
  test(`the token in '${text}' is found`, async t => {
    t.equal(readToken(text), 'abc_-1')
  })
}
