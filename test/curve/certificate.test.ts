import fc from 'fast-check'
import { inspect } from 'node:util'
import { test } from 'tap'
import {
  formatCertificate,
  looksLikeCertificate,
  parseCertificate
} from '../../lib/curve/certificate.ts'
import { createKeyPair, toPublicKey } from '../../lib/curve/keys.ts'
import { Secret } from '../../lib/curve/secret.ts'
import { encodeZ85 } from '../../lib/curve/z85.ts'
import { ZmqPubError } from '../../lib/errors.ts'

const seed = 13

/** Of the manual page zmq_curve(7). */
const publicKey = 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID'
const secretKey = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'

/** A key with # in many places; it can't be the first character, which is worth 52 million times its value. */
const hashes = '0####'.repeat(8)

const pyzmqPublic = `#   ****  Generated on 2026-11-25 18:00:00.000001 by pyzmq  ****
#   ZeroMQ CURVE Public Certificate
#   Exchange securely, or use a secure mechanism to verify the contents
#   of this file after exchange. Store public certificates in your home
#   directory, in the .curve subdirectory.

metadata
curve
    public-key = "${publicKey}"
`

const pyzmqSecret = `#   ****  Generated on 2026-11-25 18:00:00.000001 by pyzmq  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    name = web 1
    email = ops@example.org
curve
    public-key = "${publicKey}"
    secret-key = "${secretKey}"
`

const czmqSecret = `#   ****  Generated on 2015-02-16 01:23:56 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    name = "web-1"
curve
    public-key = "${publicKey}"
    secret-key = "${secretKey}"
`

const zeros = '0'.repeat(40)

/** Each has the public key of the manual; with its name and whether there is a secret key. */
const readable: [what: string, text: string, name: string | undefined, hasSecret: boolean][] = [
  ['a public one of pyzmq', pyzmqPublic, undefined, false],
  ['a secret one of pyzmq', pyzmqSecret, 'web 1', true],
  ['a secret one of czmq', czmqSecret, 'web-1', true],
  ['one with CRLF', czmqSecret.replaceAll('\n', '\r\n'), 'web-1', true],
  ['one with a byte order mark', `\uFEFF${czmqSecret}`, 'web-1', true],
  ['one with tabs', czmqSecret.replaceAll('    ', '\t').replaceAll(' = ', '\t=\t'), 'web-1', true],
  ['one with single quotes', czmqSecret.replaceAll('"', "'"), 'web-1', true],
  ['one without quotes', czmqSecret.replaceAll('"', ''), 'web-1', true],
  ['one without spaces around =', czmqSecret.replaceAll(' = ', '='), 'web-1', true],
  ['one with comments behind', czmqSecret.replaceAll(/"$/gm, '" # = "x"'), 'web-1', true],
  [
    'one without quotes, with comments',
    czmqSecret.replaceAll('"', '').replaceAll(/(.)$/gm, '$1 # x'),
    'web-1',
    true
  ],
  ['one without a newline at its end', czmqSecret.trimEnd(), 'web-1', true],
  ['keys without a section', `public-key = "${publicKey}"`, undefined, false],
  [
    'curve before metadata',
    `curve\n  public-key = ${publicKey}\nmetadata\n  name = a\n`,
    'a',
    false
  ],
  ['nothing but the secret key', `curve\n  secret-key = "${secretKey}"\n`, undefined, true],
  [
    'a secret key of zeros, which is none in czmq',
    `curve\n  public-key = "${publicKey}"\n  secret-key = "${zeros}"\n`,
    undefined,
    false
  ],
  [
    'keys in sections of others',
    `${pyzmqPublic}other\n    public-key = "x"\nmetadata\n    secret-key = "x"\n`,
    undefined,
    false
  ]
]

for (const [what, text, name, hasSecret] of readable) {
  test(`${what} is read`, async t => {
    const certificate = parseCertificate(text, 'a.key')
    t.equal(certificate.publicKey, publicKey)
    t.equal(certificate.metadata.get('name'), name)
    t.equal(certificate.secretKey?.reveal(), hasSecret ? secretKey : undefined)
    t.ok(looksLikeCertificate(text))
  })
}

test('a key may have # in it, in quotes or without', async t => {
  for (const quote of ['"', "'", '']) {
    const text = `curve\n    public-key = ${quote}${hashes}${quote} # it is\n`
    t.equal(parseCertificate(text, 'a.key').publicKey, hashes)
  }
})

const other = createKeyPair()

const broken: [what: string, text: string, message: string | RegExp][] = [
  [
    'an empty file',
    '',
    /^ERR_ZMQ_PUB_KEY: a\.key must be a certificate with a public-key, got one without; /
  ],
  [
    'another text',
    'Dear all,\nthe key = in the safe\n',
    /must be a certificate with a public-key, got one without/
  ],
  [
    'a key that is cut off',
    `public-key = "${publicKey.slice(1)}"`,
    /public-key in a\.key must be a key of 40 characters \(Z85\), got 39 characters$/
  ],
  [
    'a key without its end',
    pyzmqSecret.slice(0, -10),
    /secret-key in a\.key must be .*, got \d\d characters$/
  ],
  [
    'a secret key of other characters',
    `${pyzmqPublic}    secret-key = "${secretKey.slice(1)}é"`,
    /secret-key in a\.key must be .*, got 40 characters that are not Z85$/
  ],
  ['an empty key', 'public-key = ""', /got 0 characters$/],
  [
    'two public keys',
    `${pyzmqPublic}    public-key = "${publicKey}"`,
    /a\.key must have one public-key, got a second one in line 10$/
  ],
  [
    'two secret keys',
    `${pyzmqSecret}    secret-key = "${secretKey}"`,
    /a\.key must have one secret-key, got a second one in line 11$/
  ],
  [
    'keys of two pairs',
    pyzmqSecret.replace(publicKey, other.publicKey),
    /must be a key pair, got keys of different pairs/
  ],
  [
    'UTF-16',
    Buffer.from(czmqSecret, 'utf16le').toString('latin1'),
    /a\.key must be UTF-8 text, got NUL characters in it$/
  ]
]

for (const [what, text, message] of broken) {
  test(`${what} is refused, and nothing of it is shown`, async t => {
    try {
      parseCertificate(text, 'a.key')
      t.fail('taken')
    } catch (error) {
      t.equal((error as ZmqPubError).code, 'ERR_ZMQ_PUB_KEY')
      t.match((error as Error).message, message)
      t.notMatch(inspect(error), secretKey.slice(3, 12))
      t.notMatch(inspect(error), publicKey.slice(3, 12))
    }
  })
}

test('what is written is read again', async t => {
  const pair = createKeyPair()
  const metadata = new Map([
    ['name', 'web-1'],
    ['note', "it's # here"]
  ])
  t.same(parseCertificate(formatCertificate({ ...pair, metadata }), 'x').metadata, metadata)
  t.equal(
    parseCertificate(formatCertificate({ ...pair, metadata }), 'x').secretKey?.reveal(),
    pair.secretKey.reveal()
  )
  const open = formatCertificate({ ...pair, secretKey: undefined, metadata })
  t.notMatch(open, pair.secretKey.reveal())
  t.equal(parseCertificate(open, 'x').secretKey, undefined)
  for (const value of ['"', '\n', '\0', '\u0085']) {
    t.throws(() => formatCertificate({ ...pair, metadata: new Map([['name', value]]) }), RangeError)
  }
})

test('any keys are written and read again', async () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(bytes, secret => {
      const wrapped = new Secret(encodeZ85(Buffer.from(secret)))
      const pair = { publicKey: toPublicKey(wrapped), secretKey: wrapped }
      for (const strip of [/$^/g, /"/g]) {
        const text = formatCertificate({ ...pair, metadata: new Map() }).replaceAll(strip, '')
        const read = parseCertificate(text, 'x')
        if (read.publicKey !== pair.publicKey) return false
        if (read.secretKey?.reveal() !== wrapped.reveal()) return wrapped.reveal() === zeros
      }
      return true
    }),
    { seed, numRuns: 300 }
  )
})

test('whatever stands in a file is read or refused with a code, soon, and not shown', async () => {
  const parts = fc.constantFrom(
    'metadata',
    'curve',
    'public-key',
    'secret-key',
    'name',
    ' = ',
    '=',
    '"',
    "'",
    '#',
    '\n',
    '\r\n',
    '    ',
    '\t',
    ' ',
    '\uFEFF',
    '\0',
    publicKey,
    secretKey,
    publicKey.slice(1),
    'x',
    '\\',
    '[',
    '\u2028'
  )
  const text = fc.oneof(
    fc.array(parts, { maxLength: 40 }).map(list => list.join('')),
    fc.string({ unit: 'binary', maxLength: 200 })
  )
  fc.assert(
    fc.property(text, given => {
      try {
        const { publicKey: read } = parseCertificate(given, 'x')
        return read.length === 40
      } catch (error) {
        const { message } = error as Error
        return error instanceof ZmqPubError && !message.includes(secretKey.slice(1))
      }
    }),
    { seed, numRuns: 2000 }
  )
})

for (const [what, text] of [
  ['spaces', `curve ${' '.repeat(65_000)}x`],
  ['spaces in a value', `public-key = x${' '.repeat(65_000)}x`],
  ['empty lines', '\n'.repeat(65_000)],
  ['quotes', `public-key = ${'"'.repeat(65_000)}`],
  ['letters', 'a'.repeat(65_000)],
  ['spaces and a tab', `${' \t'.repeat(32_000)}x`]
] as const) {
  test(`64 KiB of ${what} take no time`, async t => {
    const start = performance.now()
    t.throws(() => parseCertificate(text, 'x'), { code: 'ERR_ZMQ_PUB_KEY' })
    looksLikeCertificate(text)
    t.ok(performance.now() - start < 500, `${performance.now() - start} ms`)
  })
}

test('whatever is wrong with a certificate, no part of its secret key is shown', async () => {
  const damages: ((text: string, at: number) => string)[] = [
    (text, at) => text.slice(0, at),
    (text, at) => text.slice(at),
    (text, at) => text.slice(0, at) + text.slice(at + 1),
    (text, at) => `${text.slice(0, at)}\n${text.slice(at)}`,
    (text, at) => `${text.slice(0, at)}"${text.slice(at)}`,
    (text, at) => `${text.slice(0, at)}\\${text.slice(at)}`,
    text => text.replaceAll('public', 'secret'),
    text => text + text
  ]
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(...damages),
      fc.nat(),
      (bytes, damage, at) => {
        const secret = encodeZ85(Buffer.from(bytes))
        const text = `curve\n    secret-key = "${secret}"\n    public-key = "${publicKey}"\n`
        try {
          parseCertificate(damage(text, at % text.length), 'x')
          return true
        } catch (error) {
          const shown = inspect(error)
          const parts = Array.from({ length: 35 }, (_, start) => secret.slice(start, start + 6))
          return error instanceof ZmqPubError && !parts.some(part => shown.includes(part))
        }
      }
    ),
    { seed, numRuns: 500 }
  )
})
