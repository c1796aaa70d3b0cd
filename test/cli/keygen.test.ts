import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { generateKeys, parseKeygen } from '../../lib/cli/keygen.ts'
import { readKeyPairFile, readPublicKeyFile } from '../../lib/curve/certificate-file.ts'

const requests: [args: string[], expected: ReturnType<typeof parseKeygen>][] = [
  [['web-1'], { keyName: 'web-1', folder: '.' }],
  [['web-1', '--dir', 'keys'], { keyName: 'web-1', folder: 'keys' }],
  [['--dir', 'keys', 'a.b_C-9'], { keyName: 'a.b_C-9', folder: 'keys' }],
  [['--dir=keys', '1'], { keyName: '1', folder: 'keys' }],
  [['--help'], undefined],
  [['a', '--help'], undefined]
]

for (const [args, expected] of requests) {
  test(`keygen ${args.join(' ')} is understood`, async t => {
    t.strictSame(parseKeygen(args), expected)
  })
}

const refused: [args: string[], message: RegExp][] = [
  [[], /keygen NAME must have 1 to 64 .*, got none; use --dir to choose a folder$/],
  [['--dir', 'keys'], /, got none;/],
  [['../web'], /, got one with "\/";/],
  [['a\\b'], /, got one with "\\\\";/],
  [['a b'], /, got one with " ";/],
  [['.hidden'], /, got 7 characters;/],
  [['web.key'], /not end with '\.key', got 7 characters;/],
  [['x'.repeat(65)], /, got 65 characters;/],
  [['nul'], /, got 3 characters;/],
  [['COM1.a'], /, got 6 characters;/],
  [['D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'], /^(?!.*Q\[I).*, got one with ":";/],
  [['a', 'b'], /unexpected argument 'b'; give one NAME, and the folder with --dir;/],
  [['a', '--dir'], /--dir needs a value/],
  [['a', '--fold', 'x'], /unexpected argument|unknown option --fold/]
]

for (const [args, message] of refused) {
  test(`keygen ${args.join(' ')} is refused`, async t => {
    t.throws(() => parseKeygen(args), { code: 'ERR_ZMQ_PUB_OPTION', message })
  })
}

test('the text names both files and the next commands, and has no key', async t => {
  const folder = join(t.testdir(), 'keys')
  const text = generateKeys({ keyName: 'web-1', folder })
  const secretPath = join(folder, 'web-1.key_secret')
  const { publicKey, secretKey } = readKeyPairFile(secretPath).value
  t.equal(readPublicKeyFile(join(folder, 'web-1.key')).value, publicKey)
  t.match(text, `${join(folder, 'web-1.key')} `)
  t.match(text, `--curve-secret-key ${secretPath}`)
  t.match(text, `secretKeyFile: '${secretPath}'`)
  t.notMatch(text, secretKey.reveal())
})

test('the key pair of a collector is not advised as the server key of an app', async t => {
  const text = generateKeys({ keyName: 'collector', folder: t.testdir() })
  t.match(
    text,
    /set this option; COLLECTOR\.key is the collector's \.key file\n +curve: \{ serverKeyFile: 'COLLECTOR\.key', /
  )
})

test('a pair is never made again in the place of another', async t => {
  const folder = join(t.testdir(), 'keys')
  generateKeys({ keyName: 'collector', folder })
  const before = readFileSync(join(folder, 'collector.key_secret'), 'utf8')
  const message = /cannot write .*collector\.key_secret: it already exists/
  t.throws(() => generateKeys({ keyName: 'collector', folder }), {
    code: 'ERR_ZMQ_PUB_KEY',
    message
  })
  t.equal(readFileSync(join(folder, 'collector.key_secret'), 'utf8'), before)
  t.equal(readdirSync(folder).length, 2)
})
