import { test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { hideKeys, hideWholeKeys, mayBeKey } from '../../lib/util/hide-keys.ts'

test('a secret key is hidden in whatever text, also without its last characters', async t => {
  for (let round = 0; round < 200; round++) {
    const key = createKeyPair().secretKey.reveal()
    if (!/[+^!*?&<>()[\]{}@%$#]/.test(key)) continue // one in 14,000 looks like a part of a path
    for (const text of [key, `tcp://${key}:1`, `/run/${key}`, `x "${key}" y`, key.slice(0, 32)]) {
      const shown = hideKeys(text)
      t.ok(mayBeKey(text))
      for (let at = 0; at + 8 <= 32; at++) {
        if (shown.includes(key.slice(at, at + 8))) t.fail(shown)
      }
    }
  }
  t.equal(hideKeys(`x ${'aB'.repeat(20)} y`), 'x [40 characters that may be a key] y')
})

for (const text of [
  'tcp://collector.logs.svc.cluster.local:5558',
  '/var/lib/zmq-pub/spool/of-an-app-with-a-long-name',
  'a sentence with Capitals, of more than thirty characters',
  'tcp://[2001:db8:0:0:0:0:0:7]:5558',
  '/Users/Shared/collector.key',
  '/Users/Shared/Library/Application-Support/Shop/spool',
  'ipc:///tmp/Some-Tests/with-A-long-name/collector.sock'
]) {
  test(`${text} stays as it is`, async t => {
    t.equal(hideKeys(text), text)
    t.notOk(mayBeKey(text))
  })
}

for (const text of [
  'tcp://aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kM9n:5558',
  'tcp://logs:5558/aB3dE6gH9jK2=N5pQ8sT1vW4yZ7bC0eF3hJ6kM9n',
  '/run/aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kM9'
]) {
  test(`a key of letters and digits is hidden where it is a part of a path: ${text.length}`, async t => {
    t.ok(mayBeKey(text))
    t.notMatch(hideKeys(text), 'aB3dE6gH')
  })
}

const key = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs'

const hidden: [text: string, shown: string][] = [
  [key, '[perhaps a key]'],
  [`got '${key}'`, "got '[perhaps a key]'"],
  [`{"a":"${key}","b":1}`, '{"a":"[perhaps a key]","b":1}'],
  [`--curve-secret-key=${key}`, '--curve-secret-key=[perhaps a key]'],
  [`cannot read ${key}: ENOENT`, 'cannot read [perhaps a key]: ENOENT'],
  [`one (${key}).`, 'one ([perhaps a key]).'],
  [`${key},${key}`, '[perhaps a key],[perhaps a key]'],
  [`/keys/of/Somebody/${'x'.repeat(60)}.key`, `/keys/of/Somebody/${'x'.repeat(60)}.key`],
  ['/var/log/Zmq-pub/some/path/of/41/Letters1', '/var/log/Zmq-pub/some/path/of/41/Letters1']
]

for (const [text, shown] of hidden) {
  test(`whole keys are hidden, and paths are not: ${shown}`, async t => {
    t.equal(hideWholeKeys(text), shown)
  })
}
