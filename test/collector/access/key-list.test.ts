import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readKeyList } from '../../../lib/collector/access/key-list.ts'
import { formatCertificate } from '../../../lib/curve/certificate.ts'
import { writeKeyPair } from '../../../lib/curve/certificate-file.ts'
import { createKeyPair, type KeyPair } from '../../../lib/curve/keys.ts'

const a = createKeyPair()
const b = createKeyPair()
const c = createKeyPair()

function certificate(pair: KeyPair, name?: string): string {
  const metadata = new Map(name === undefined ? [] : [['name', name]])
  return formatCertificate({ ...pair, secretKey: undefined, metadata })
}

function secretOf(pair: KeyPair): string {
  return formatCertificate({ ...pair, metadata: new Map() })
}

test('of a folder each .key file counts, named by its metadata or its file', async t => {
  const folder = t.testdir({
    'web-1.key': certificate(a, 'Shop, Berlin'),
    'web-2.key': certificate(b),
    README: 'a text',
    'web-3.key.bak': certificate(c),
    '.web-4.key': certificate(c),
    'more.key': {}
  })
  const { names, warnings } = readKeyList(folder)
  t.strictSame(
    new Map(names),
    new Map([
      [a.publicKey, 'Shop, Berlin'],
      [b.publicKey, 'web-2']
    ])
  )
  t.strictSame(warnings, [
    `ERR_ZMQ_PUB_KEY: ${join(folder, 'more.key')} must be a regular file, got a folder, a pipe or a device; skipped, its key is not authorized`
  ])
})

test('a broken file authorizes nobody, is named, and spoils no other', async t => {
  const cut = certificate(a).replace(a.publicKey, a.publicKey.slice(1))
  const folder = t.testdir({ 'a.key': cut, 'b.key': '', 'c.key': certificate(c) })
  const { names, warnings } = readKeyList(folder)
  t.strictSame([...names], [[c.publicKey, 'c']])
  t.equal(warnings.length, 2)
  t.match(warnings[0], /a\.key must be a key of 40 characters \(Z85\), got 39 characters; skipped/)
  t.match(warnings[1], /b\.key must be a certificate with a public-key, got one without/)
  t.notMatch(warnings.join('\n'), a.publicKey.slice(1))
})

test('a secret key in the folder authorizes nobody, and is told', async t => {
  const folder = t.testdir({ 'c.key': secretOf(c) })
  writeKeyPair(folder, 'a', a)
  const { names, warnings } = readKeyList(folder)
  t.strictSame([...names], [[a.publicKey, 'a']])
  t.strictSame(
    warnings,
    ['a.key_secret', 'c.key'].map(
      name =>
        `${join(folder, name)} has a secret key, which only its owner should have; skipped, its key is not authorized`
    )
  )
})

test('one key has one name; one name may have several keys', async t => {
  const folder = t.testdir({
    '1.key': certificate(a, 'web'),
    '2.key': certificate(a, 'other'),
    '3.key': certificate(b, 'web')
  })
  const { names, warnings } = readKeyList(folder)
  t.strictSame(
    [...names],
    [
      [a.publicKey, 'web'],
      [b.publicKey, 'web']
    ]
  )
  t.strictSame(warnings, [
    `${join(folder, '2.key')} has the key of 'web' under another name; skipped, 'web' stays`
  ])
})

for (const [what, name] of [
  ['a line break', 'a\u0085b'],
  ['129 characters', 'a'.repeat(129)],
  ['nothing', ''],
  ['a key', b.publicKey.replaceAll('"', '')]
] as const) {
  test(`a name that is ${what} is refused and not shown`, async t => {
    const text = `metadata\n  name = "${name}"\ncurve\n  public-key = "${a.publicKey}"\n`
    const { names, warnings } = readKeyList(t.testdir({ 'a.key': text }))
    t.equal(names.size, 0)
    t.match(warnings[0], /the name in .*a\.key must have 1 to 128 characters, .*; skipped$/)
    if (name !== '') t.notOk(warnings[0]?.includes(name))
  })
}

test('a file may be a list of names and keys', async t => {
  const path = join(t.testdir(), 'clients')
  writeFileSync(
    path,
    `\uFEFF# name key\r\n\r\nweb-1 ${a.publicKey}\r\n  web-2\t"${b.publicKey}"  # comment\r\nweb-3\r\n${c.publicKey} web-4\r\nweb-5 ${c.publicKey} more\nweb-6 ${c.publicKey.slice(1)}\n${c.publicKey} ${c.publicKey}\n`
  )
  const { names, warnings } = readKeyList(path)
  t.strictSame(
    [...names],
    [
      [a.publicKey, 'web-1'],
      [b.publicKey, 'web-2']
    ]
  )
  t.strictSame(
    warnings.map(warning => /line (\d+)/.exec(warning)?.[1]),
    ['5', '6', '7', '8', '9']
  )
  t.match(warnings[0], /the key behind the name in line 5 of .* got undefined; skipped$/)
  t.match(warnings[1], /got 5 characters; skipped$/)
  t.match(warnings[2], /must have the form NAME KEY, got more words; skipped$/)
  t.match(warnings[4], /must have 1 to 128 characters, no control characters, and not be a key/)
  t.notMatch(warnings.join('\n'), c.publicKey.slice(1, 20))
})

test('a file may be one certificate', async t => {
  const folder = t.testdir({ 'web-1.key': certificate(a), plain: certificate(b, 'b') })
  t.strictSame([...readKeyList(join(folder, 'web-1.key')).names], [[a.publicKey, 'web-1']])
  t.strictSame([...readKeyList(join(folder, 'plain')).names], [[b.publicKey, 'b']])
})

for (const [what, content, message] of [
  [
    'an empty folder',
    {},
    /must contain a \*\.key file of a client, got none: no client can connect$/
  ],
  [
    'an empty list',
    '# none yet\n',
    /must contain a key of a client, got none: no client can connect$/
  ]
] as const) {
  test(`${what} authorizes nobody, which is told`, async t => {
    const { names, warnings } = readKeyList(join(t.testdir({ x: content }), 'x'))
    t.equal(names.size, 0)
    t.equal(warnings.length, 1)
    t.match(warnings[0], message)
  })
}

test('nothing at all is an error', async t => {
  t.throws(() => readKeyList(join(t.testdir(), 'missing')), {
    code: 'ERR_ZMQ_PUB_KEY',
    message:
      /cannot read the authorized keys in .*missing \(--authorized-keys\): ENOENT.*; it must be a folder/
  })
})
