import { test } from 'tap'
import { LoggerNameReader } from '../../lib/transport/pino-config.ts'

const cases: [what: string, payload: string, name: string][] = [
  ['a record with a name', '{"level":30,"name":"shop","msg":"x"}\n', 'shop'],
  ['several records', '{"name":"shop"}\n{"name":"other"}\n', 'shop'],
  ['a first record without a name', '{"msg":"x"}\n{"name":"other"}\n', ''],
  ['a name of several bytes a character', '{"name":"läden"}\n', 'läden'],
  ['a field with the name of the name', '{"level":30,"name":"shop","name":"bob"}\n', 'shop'],
  ['a name that is no text', '{"name":5}\n', ''],
  ['a name that would be a topic of ours', String.raw`{"name":"\u0000zmq-pub/1"}` + '\n', ''],
  ['a name that is too long', `{"name":"${'ä'.repeat(200)}"}\n`, 'ä'.repeat(128)],
  ['a line that is no JSON', 'starting\n', ''],
  ['an empty line', '\n', '']
]

for (const [what, payload, name] of cases) {
  test(`${what} names the logger '${name}'`, async t => {
    const bytes = Buffer.from(payload)
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new LoggerNameReader()
      let found: string | undefined
      for (let start = 0; !reader.isDone; start += size) {
        found = reader.read(bytes.subarray(start, start + size))
      }
      t.equal(found, name, `in chunks of ${size} bytes`)
    }
    t.equal(new LoggerNameReader().read(payload), name, 'as text')
  })
}

test('a first line that never ends names nobody, and is not kept', async t => {
  const reader = new LoggerNameReader()
  const names = Array.from({ length: 20 }, () => reader.read('x'.repeat(100_000)))
  t.ok(reader.isDone)
  t.ok(names.includes(''))
})
