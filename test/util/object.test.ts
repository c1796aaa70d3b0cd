import { test } from 'tap'
import { getOwn, isObject, parseObject } from '../../lib/util/object.ts'

const texts: [json: string, object: object | undefined][] = [
  ['{}', {}],
  [' {"a":{"b":[1]}}\n', { a: { b: [1] } }],
  ['[]', undefined],
  ['[{}]', undefined],
  ['null', undefined],
  ['1', undefined],
  ['"{}"', undefined],
  ['', undefined],
  ['{"a":1', undefined],
  ['{} {}', undefined]
]

for (const [json, object] of texts) {
  test(`${JSON.stringify(json)} ${object ? 'is' : 'is not'} a JSON object`, async t => {
    t.strictSame(parseObject(json), object)
  })
}

test('undefined is not an object', async t => {
  t.equal(isObject(undefined), false)
})

test('only own entries of a table are found', async t => {
  const table = { warn: 'WARN', none: '' }
  t.equal(getOwn(table, 'warn'), 'WARN')
  t.equal(getOwn(table, 'none'), '')
  t.equal(getOwn(table, 'error'), undefined)
  t.equal(getOwn(table, 'constructor'), undefined)
})
