import { test } from 'tap'
import { readToken } from '../../../lib/viewer/page/model/token.ts'

const bare = 'fUW6tWZk2Yc3vRbm1XdvbOBYUQhZ9dKPuVYyyTC8Rv8'

const texts: [text: string, token: string | undefined][] = [
  ['http://127.0.0.1:8558/#token=abc_-1', 'abc_-1'],
  ['#token=abc_-1', 'abc_-1'],
  ['#token=abc_-1&x=1', 'abc_-1'],
  [' url: "http://127.0.0.1:8558/#token=abc_-1 ', 'abc_-1'],
  [` ${bare}\n`, bare],
  ['garbage', undefined],
  ['http://127.0.0.1:8558/', undefined],
  ['http://127.0.0.1:8558/#token=', undefined],
  ['', undefined]
]

for (const [text, token] of texts) {
  test(`'${text.trim()}' has ${token === undefined ? 'no token' : `the token ${token}`}`, async t => {
    t.equal(readToken(text), token)
  })
}
