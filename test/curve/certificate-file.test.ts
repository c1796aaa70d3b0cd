import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { test } from 'tap'
import {
  maxFileBytes,
  readCertificate,
  readKeyPairFile,
  readPublicKeyFile,
  writeKeyPair
} from '../../lib/curve/certificate-file.ts'
import { formatCertificate } from '../../lib/curve/certificate.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { failOnce, weakenWrites } from '../helpers/file-system.ts'
import { python } from '../helpers/python-command.ts'
import { skip } from '../helpers/python.ts'

const pair = createKeyPair()
const secret = pair.secretKey.reveal()
const noModes = process.platform === 'win32' && 'Windows has no modes'

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('a pair is written as two files, and read again', async t => {
  const folder = join(t.testdir(), 'new', 'keys')
  const { publicPath, secretPath } = writeKeyPair(folder, 'web-1', pair)
  t.equal(publicPath, join(folder, 'web-1.key'))
  t.equal(secretPath, join(folder, 'web-1.key_secret'))
  t.strictSame(readdirSync(folder).toSorted(), ['web-1.key', 'web-1.key_secret'])
  t.notMatch(readFileSync(publicPath, 'utf8'), secret)
  const { value, warnings } = readKeyPairFile(secretPath)
  t.equal(value.publicKey, pair.publicKey)
  t.equal(value.secretKey.reveal(), secret)
  t.strictSame(warnings, [])
  t.strictSame(readPublicKeyFile(publicPath), { value: pair.publicKey, warnings: [] })
  t.equal(readCertificate(publicPath).value.metadata.get('name'), 'web-1')
})

test('only the owner may read the secret, whatever the umask', { skip: noModes }, async t => {
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const { publicPath, secretPath } = writeKeyPair(t.testdir(), 'a', pair)
  t.equal(modeOf(secretPath), '600')
  t.equal(modeOf(publicPath), '644')
})

for (const existing of ['a.key', 'a.key_secret']) {
  test(`${existing} is never overwritten`, async t => {
    const folder = t.testdir({ [existing]: 'mine' })
    t.throws(() => writeKeyPair(folder, 'a', pair), {
      code: 'ERR_ZMQ_PUB_KEY',
      message: `ERR_ZMQ_PUB_KEY: cannot write ${join(folder, existing)}: it already exists, and keys are never overwritten; choose another NAME or move the file away`
    })
    t.strictSame(readdirSync(folder), [existing])
    t.equal(readFileSync(join(folder, existing), 'utf8'), 'mine')
  })
}

test('a disk that is full leaves nothing behind', async t => {
  const folder = t.testdir()
  for (const faults of [['ENOSPC'], [20, 'ENOSPC'], [1000, 'ENOSPC']]) {
    weakenWrites(t, faults)
    t.throws(() => writeKeyPair(folder, 'a', pair), {
      code: 'ERR_ZMQ_PUB_KEY',
      message: /ENOSPC.*; choose another folder with --dir$/
    })
    t.strictSame(readdirSync(folder), [])
  }
})

test('where the file system has no hard links the files are created all the same', async t => {
  const folder = t.testdir()
  failOnce(t, 'linkSync', 'EPERM')
  const { secretPath } = writeKeyPair(folder, 'a', pair)
  t.strictSame(readdirSync(folder).toSorted(), ['a.key', 'a.key_secret'])
  t.equal(readKeyPairFile(secretPath).value.secretKey.reveal(), secret)
  if (noModes === false) t.equal(modeOf(secretPath), '600')
})

test('a secret that others can read is told, with what to do', { skip: noModes }, async t => {
  const { secretPath, publicPath } = writeKeyPair(t.testdir(), 'a', pair)
  for (const [mode, isTold] of [
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o604, true]
  ] as const) {
    chmodSync(secretPath, mode)
    const { warnings } = readKeyPairFile(secretPath)
    const warning = `${secretPath} has a secret key and other users may read or write it (mode 0${mode.toString(8)}); run: chmod 600 ${secretPath}`
    t.strictSame(warnings, isTold ? [warning] : [])
  }
  t.strictSame(readCertificate(publicPath).warnings, [])
})

test('a link is followed, as Kubernetes makes them', async t => {
  const folder = t.testdir()
  const { secretPath } = writeKeyPair(folder, 'a', pair)
  symlinkSync(secretPath, join(folder, 'link'))
  t.equal(readKeyPairFile(join(folder, 'link')).value.publicKey, pair.publicKey)
})

test('another key may come as a certificate or alone; a secret in it is told', async t => {
  const text = formatCertificate({ ...pair, metadata: new Map() })
  const folder = t.testdir({ alone: `\uFEFF${pair.publicKey}\r\n`, secret: text })
  t.strictSame(readPublicKeyFile(join(folder, 'alone')), { value: pair.publicKey, warnings: [] })
  const { value, warnings } = readPublicKeyFile(join(folder, 'secret'))
  t.equal(value, pair.publicKey)
  t.match(
    warnings[0],
    /has a secret key; only its owner should have it, others need the \.key file$/
  )
})

const refused: [what: string, name: string, message: RegExp][] = [
  [
    'there is none',
    'missing',
    /cannot read .*missing \(--key\): ENOENT.*; correct the path, or create the keys with zmq-pub-collector keygen$/
  ],
  [
    'is a folder',
    'folder',
    /folder \(--key\) must be a regular file, got a folder, a pipe or a device$/
  ],
  ['is too large', 'large', /must be a key file of at most 65536 bytes, got 65537$/],
  ['has no key', 'empty', /must be a certificate with a public-key, got one without/],
  [
    'has only a public key',
    'a.key',
    /a certificate with a secret-key, got one without; use .*a\.key_secret$/
  ],
  [
    'has a key of 39 characters',
    'short',
    /secret-key in .*short \(--key\) must be a key of 40 characters \(Z85\), got 39 characters$/
  ]
]

for (const [what, name, message] of refused) {
  test(`a key file is refused where ${what}`, async t => {
    const folder = t.testdir({
      folder: {},
      large: ' '.repeat(65_537),
      empty: '',
      short: `curve\n    secret-key = "${secret.slice(1)}"\n`
    })
    writeKeyPair(folder, 'a', pair)
    try {
      readKeyPairFile(join(folder, name), '--key')
      t.fail('taken')
    } catch (error) {
      t.equal((error as NodeJS.ErrnoException).code, 'ERR_ZMQ_PUB_KEY')
      t.match((error as Error).message, message)
      t.notOk(inspect(error).includes(secret.slice(1, 20)))
    }
  })
}

test('a public key that is missing is asked for at its owner', async t => {
  t.throws(() => readPublicKeyFile(join(t.testdir(), 'none.key'), 'curve.serverKeyFile'), {
    code: 'ERR_ZMQ_PUB_KEY',
    message:
      /cannot read .*none\.key \(curve\.serverKeyFile\): ENOENT.*; correct the path, or copy the owner's \.key file$/
  })
})

const noRights = process.getuid?.() === 0 ? 'root may read everything' : noModes

test('a key file that this user may not read says what to do', { skip: noRights }, async t => {
  const path = join(t.testdir({ key: '' }), 'key')
  chmodSync(path, 0)
  t.throws(() => readKeyPairFile(path), { message: /; make it readable for this user$/ })
})

test('a named pipe is refused at once', { skip: noModes }, async t => {
  const path = join(t.testdir(), 'pipe')
  execFileSync('mkfifo', [path])
  t.throws(() => readKeyPairFile(path), { message: /must be a regular file/ })
})

test("pyzmq's files are read by us, and ours by pyzmq", { skip }, async t => {
  const folder = t.testdir()
  const run = (script: string, ...args: string[]): string =>
    execFileSync(String(python), ['-c', `import sys, zmq.auth; ${script}`, ...args], {
      encoding: 'utf8'
    })
  run(
    "zmq.auth.create_certificates(sys.argv[1], 'theirs', {'name': 'Their server', 'x': '1'})",
    folder
  )
  const theirs = readKeyPairFile(join(folder, 'theirs.key_secret')).value
  t.equal(readPublicKeyFile(join(folder, 'theirs.key')).value, theirs.publicKey)
  t.equal(
    readCertificate(join(folder, 'theirs.key_secret')).value.metadata.get('name'),
    'Their server'
  )
  const { publicPath, secretPath } = writeKeyPair(folder, 'ours', pair)
  const load =
    "print(b' '.join(key or b'-' for key in zmq.auth.load_certificate(sys.argv[1])).decode())"
  t.equal(run(load, secretPath).trim(), `${pair.publicKey} ${secret}`)
  t.equal(run(load, publicPath).trim(), `${pair.publicKey} -`)
  writeFileSync(join(folder, 'x.txt'), '')
  const loaded = run('print(len(zmq.auth.load_certificates(sys.argv[1])))', folder)
  t.equal(loaded.trim(), '2')
})

test('a key file may have 64 KiB', async t => {
  const folder = t.testdir()
  const { secretPath } = writeKeyPair(folder, 'a', pair)
  const text = readFileSync(secretPath, 'utf8')
  writeFileSync(secretPath, text.padEnd(maxFileBytes, '#'))
  t.equal(readKeyPairFile(secretPath).value.publicKey, pair.publicKey)
  writeFileSync(secretPath, text.padEnd(maxFileBytes + 1, '#'))
  t.throws(() => readKeyPairFile(secretPath), { message: /at most 65536 bytes, got 65537/ })
})

const notRoot = process.getuid?.() !== 0 && 'only root can give a file away'

for (const [mode, isTold] of [
  [0o440, false],
  [0o400, false],
  [0o460, true],
  [0o444, true]
] as const) {
  const title = `a secret of root, read as one of its group, with mode 0${mode.toString(8)} is ${isTold ? '' : 'not '}told of`
  test(title, { skip: notRoot }, async t => {
    const { secretPath } = writeKeyPair(t.testdir(), 'shop', createKeyPair())
    chmodSync(secretPath, mode)
    chownSync(secretPath, 1, 0)
    t.equal(readKeyPairFile(secretPath).warnings.length, isTold ? 1 : 0)
  })
}
