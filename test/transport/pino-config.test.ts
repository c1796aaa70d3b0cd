import { test } from 'tap'
import { findLoggerName } from '../../lib/transport/pino-config.ts'

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
    t.equal(findLoggerName(Buffer.from(payload)), name)
  })
}
