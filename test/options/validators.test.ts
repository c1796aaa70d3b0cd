import { test } from 'tap'
import {
  boolean,
  listOf,
  oneOf,
  readOption,
  recordOf,
  resolveOptions,
  show,
  string,
  wholeNumber,
  type Validator,
  type Validators
} from '../../lib/options/validators.ts'

const count = wholeNumber(1, 10)
const colour = oneOf('red', 'green')
const short = string('a short text', given => given.length < 4)

const reads: [what: string, check: Validator<unknown>, given: unknown, read: unknown][] = [
  ['a flag takes true', boolean, true, true],
  ['a flag takes false', boolean, false, false],
  ['a flag refuses a text', boolean, 'true', undefined],
  ['a flag refuses a number', boolean, 1, undefined],
  ['a whole number may be the least', count, 1, 1],
  ['a whole number may be the most', count, 10, 10],
  ['a whole number is refused below', count, 0, undefined],
  ['a whole number is refused above', count, 11, undefined],
  ['a fraction is refused', count, 1.5, undefined],
  ['NaN is refused', count, Number.NaN, undefined],
  ['a number in a text is refused', count, '5', undefined],
  ['a number beyond the exact ones is refused', wholeNumber(0, 2 ** 60), 2 ** 53, undefined],
  ['one of several values is taken', colour, 'green', 'green'],
  ['another value is refused', colour, 'blue', undefined],
  ['a value in other letters is refused', colour, 'Red', undefined],
  ['a valid text is taken', short, 'abc', 'abc'],
  ['an empty string is left to the rule', short, '', ''],
  ['an invalid text is refused', short, 'abcd', undefined],
  ['what is no text is refused', short, 1, undefined],
  ['a list may be one value', listOf(count), 3, [3]],
  ['a list may be an array', listOf(count), [3, 4], [3, 4]],
  ['an empty list is refused', listOf(count), [], undefined],
  ['a list with one wrong value is refused', listOf(count), [3, 'x'], undefined],
  ['a record is taken', recordOf(count), { a: 1, b: 2 }, { a: 1, b: 2 }],
  ['an empty record is taken', recordOf(count), {}, {}],
  ['a record with one wrong value is refused', recordOf(count), { a: 1, b: 0 }, undefined],
  ['an array is no record', recordOf(count), [1], undefined],
  ['null is no record', recordOf(count), null, undefined],
  ['a text is no record', recordOf(count), 'a', undefined]
]

for (const [what, check, given, expected] of reads) {
  test(what, async t => {
    t.strictSame(check.read(given), expected)
  })
}

const expectations: [check: Validator<unknown>, expected: string][] = [
  [boolean, 'true or false'],
  [count, 'a whole number from 1 to 10'],
  [colour, "one of 'red', 'green'"],
  [short, 'a short text'],
  [listOf(short), 'a short text, or a list of such values'],
  [recordOf(short), 'an object in which each value is a short text']
]

for (const [check, expected] of expectations) {
  test(`a message asks for ${expected}`, async t => {
    t.throws(() => readOption('--it', Symbol.iterator, check), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: `ERR_ZMQ_PUB_OPTION: --it must be ${expected}, got Symbol(Symbol.iterator)`
    })
  })
}

const shown: [value: unknown, shown: string][] = [
  ['text', "'text'"],
  [5, '5'],
  [null, 'null'],
  [undefined, 'undefined'],
  [['a', 1], '["a",1]'],
  [{ a: true }, '{"a":true}'],
  [
    { key: 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs' },
    '{"key":"[40 characters that may be a key]"}'
  ],
  ['x'.repeat(78), `'${'x'.repeat(78)}'`],
  ['x'.repeat(79), `'${'x'.repeat(75)}'...`],
  [`'${'x'.repeat(79)}`, `"'${'x'.repeat(74)}"...`],
  ['\n'.repeat(100), `'${String.raw`\n`.repeat(37)}'...`],
  ['\u001B'.repeat(100), `'${String.raw`\x1B`.repeat(18)}'...`],
  ['😀'.repeat(100), `'${'😀'.repeat(37)}'...`],
  [`${'x'.repeat(70)}\n${'y'.repeat(70)}`, String.raw`'${'x'.repeat(70)}\nyyy'...`],
  [Array.from({ length: 100 }, () => 0), `[${'0,'.repeat(38)}...`]
]

for (const [value, expected] of shown) {
  test(`a message shows ${expected}`, async t => {
    t.equal(show(value), expected)
    t.ok(expected.length <= 80)
  })
}

interface Pet {
  name: string
  age: number
  tags: string[] | undefined
}

const pets: Validators<Pet> = { name: short, age: count, tags: listOf(short) }
const defaults: Pet = { name: 'Rex', age: 2, tags: undefined }

test('what the user wrote is laid over the defaults', async t => {
  t.strictSame(resolveOptions({}, defaults, pets), defaults)
  t.strictSame(resolveOptions({ age: 3, tags: 'big' }, defaults, pets), {
    name: 'Rex',
    age: 3,
    tags: ['big']
  })
  t.strictSame(defaults, { name: 'Rex', age: 2, tags: undefined }, 'which stay as they are')
})

test('undefined counts as not given', async t => {
  t.strictSame(resolveOptions({ age: undefined }, defaults, pets), defaults)
})

for (const given of [undefined, null, 'text', 5, ['name']]) {
  test(`options that are ${JSON.stringify(given)} are refused`, async t => {
    t.throws(() => resolveOptions(given, defaults, pets), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: `ERR_ZMQ_PUB_OPTION: options must be an object, got ${show(given)}`
    })
  })
}

test('a refused option is named as the user knows it', async t => {
  t.throws(() => resolveOptions({ age: 0 }, defaults, pets, name => `--${name}`), {
    message: 'ERR_ZMQ_PUB_OPTION: --age must be a whole number from 1 to 10, got 0'
  })
})

test('an unknown option is answered with the known ones, even where it is undefined', async t => {
  const message = `ERR_ZMQ_PUB_OPTION: unknown option 'nam' (did you mean 'name'?); known options: name, age, tags`
  t.throws(() => resolveOptions({ nam: undefined }, defaults, pets), { message })
  t.throws(() => resolveOptions({ constructor: 'x' }, defaults, pets), /unknown option/)
})
