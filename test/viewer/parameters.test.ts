import { test } from 'tap'
import { readNumber, refuseOtherParameters } from '../../lib/viewer/parameters.ts'

const limits = { usual: 100, most: 1000 }

test('a number is read, and has a usual value', async t => {
  t.equal(readNumber(new URLSearchParams('limit=5'), 'limit', limits), 5)
  t.equal(readNumber(new URLSearchParams(''), 'limit', limits), 100)
  t.equal(readNumber(new URLSearchParams('limit=0'), 'limit', { ...limits, least: 0 }), 0)
})

for (const text of ['0', '1001', '-1', '1e2', '0x5', '5.5', '12345678901', 'x'.repeat(100)]) {
  test(`a limit of ${text.slice(0, 20)} is refused with the numbers that are allowed`, async t => {
    const parameters = new URLSearchParams({ limit: text })
    t.throws(() => readNumber(parameters, 'limit', limits), {
      status: 400,
      message: /^limit must be a whole number from 1 to 1000, got ".{1,40}"$/
    })
  })
}

test('a parameter that is not known is refused, with those that are', async t => {
  const parameters = new URLSearchParams('app=shop&levle=error')
  t.throws(() => refuseOtherParameters(parameters, ['app', 'level']), {
    status: 400,
    message: 'a parameter must be one of app, level, got "levle"'
  })
  t.doesNotThrow(() => refuseOtherParameters(parameters, ['app', 'levle']))
})
