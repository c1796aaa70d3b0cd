import fc from 'fast-check'
import { join, relative, sep } from 'node:path'
import { test } from 'tap'
import { toPath } from '../../../lib/collector/naming/log-path.ts'
import {
  fillIn,
  findUnknownName,
  hasValues,
  namesIn,
  safeValue,
  toSafeName
} from '../../../lib/collector/naming/path-template.ts'

const isSafe = new RegExp(`^${safeValue}$`, 'u')

const values: [value: string, name: string][] = [
  ['shop', 'shop'],
  ['Shop-2_x@y+z.web', 'Shop-2_x@y+z.web'],
  ['größe', 'größe'],
  ['日本語', '日本語'],
  ['e\u0301', '\u00e9'],
  ['', 'absent'],
  ['a/b', 'a_b'],
  ['a\\b', 'a_b'],
  ['..', '_'],
  ['.', '_'],
  ['../../etc/passwd', '____etc_passwd'],
  ['.hidden', '_hidden'],
  ['a..b', 'a_b'],
  ['ends.', 'ends_'],
  ['v1.2', 'v1_2'],
  ['v1.2.3', 'v1.2_3'],
  ['shop.2026-11-25', 'shop_2026-11-25'],
  ['shop.2026-W48', 'shop_2026-W48'],
  ['shop.2026-11-25T14', 'shop_2026-11-25T14'],
  ['shop.2nd', 'shop.2nd'],
  ['a\0b\nc\u007F\u0085', 'a_b_c_'],
  ['a b  c', 'a_b_c'],
  ['{date}', '_date_'],
  ['C:\\x', 'C_x'],
  ['a<>:"|?*b', 'a_b'],
  ['nul', '_ul'],
  ['CON', '_ON'],
  ['com1.log', '_om1.log'],
  ['console', 'console'],
  ['\u202Egol.exe', '_gol.exe'],
  ['x'.repeat(200), 'x'.repeat(72)],
  ['ü'.repeat(200), 'ü'.repeat(36)],
  ['a' + '日'.repeat(50), 'a' + '日'.repeat(23)],
  ['🙂'.repeat(3), '_'],
  ['a' + '𝒳'.repeat(50), 'a' + '𝒳'.repeat(17)]
]

for (const [value, name] of values) {
  test(`${JSON.stringify(value)} stands in a path as ${name}`, async t => {
    t.equal(toSafeName(value, 'absent'), name)
    t.equal(toSafeName(name, 'absent'), name, 'once and for all')
    t.match(name, isSafe)
    t.ok(Buffer.byteLength(name) <= 72)
  })
}

for (const name of ['', '.', '..', '.a', 'a.', 'a.1', 'a/b', 'a\\b', 'a b', 'a\n']) {
  test(`${JSON.stringify(name)} is no name that a value gives`, async t => {
    t.notMatch(name, isSafe)
  })
}

test('placeholders are filled in, each time, and those of the period stay', async t => {
  const template = 'a/{app}/{host}-{pid}/{app}/{date}T{hour}.{level}.{topic}.log'
  t.equal(
    fillIn(template, { app: 'x/y', host: 'h', pid: '7', level: 'warn', topic: 'db.query' }),
    'a/x_y/h-7/x_y/{date}T{hour}.warn.db.query.log'
  )
  t.equal(fillIn(template, {}), 'a/unknown/unknown-unknown/unknown/{date}T{hour}.info.none.log')
  t.equal(fillIn('{app}', { app: '$& $1' }), '_1')
})

test('the names of a template are found', async t => {
  t.strictSame(namesIn('{a}/{b}/{a}{/}'), ['a', 'b'])
  t.strictSame(namesIn('plain.log'), [])
  t.ok(hasValues('{app}.log'))
  t.notOk(hasValues('{date}/{hour}.log'))
})

test('an unknown placeholder is named, with the one that was meant', async t => {
  t.equal(findUnknownName('{app}/{date}/{hour}/{topic}{level}{pid}{host}.log'), undefined)
  t.equal(
    findUnknownName('{date}/{levle}.log'),
    "unknown placeholder {levle} (did you mean '{level}'?); known: {app} {host} {pid} {topic} {level} {date} {hour}"
  )
})

test('whatever names a sender gives, its path stays in its folder, at the same depth, and matches the log', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '~',
      '\0',
      '\n',
      '{date}',
      '{app}',
      '%2e',
      ':',
      'CON',
      '$&'
    ),
    fc.constantFrom(
      '.1',
      '.2026-11-25',
      '\u202e',
      '\u2024',
      '\uff0f',
      '\uff0e',
      '\ud800',
      'é',
      '🎉'
    ),
    fc.string({ unit: 'binary', maxLength: 4 })
  )
  const anyName = fc.array(piece, { maxLength: 60, size: 'max' }).map(pieces => pieces.join(''))
  const anyValues = fc.record({
    app: anyName,
    host: anyName,
    pid: anyName,
    topic: anyName,
    level: anyName
  })
  const template = '/logs/{app}/{host}-{pid}/{topic}.{level}.{date}.log'
  fc.assert(
    fc.property(anyValues, given => {
      const path = toPath(fillIn(template, given), '2026-11-25')
      const parts = relative('/logs', path).split(sep)
      return (
        path === join('/logs', ...parts) &&
        parts.length === 3 &&
        !parts.some(
          part => part === '..' || part.startsWith('.') || Buffer.byteLength(part) > 255
        ) &&
        /^[^\p{Cc}\p{Cf}\\:{}]*$/u.test(path) &&
        Object.values(given).every(value => isSafe.test(toSafeName(value, 'absent')))
      )
    }),
    { seed: 13, numRuns: 2000 }
  )
})
