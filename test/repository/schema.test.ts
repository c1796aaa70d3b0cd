/** The published schema says the same as the collector. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { test } from 'tap'
import { makeSchema, schemaPath } from '../../contrib/make-schema.ts'
import { findOptionProblems } from '../../lib/collector/options/collector-options.ts'

const published = JSON.parse(readFileSync(schemaPath, 'utf8')) as object
const validate = new Ajv({ allowUnionTypes: true }).compile(published)

test('the published schema is that of the code and the docs: npm run schema', async t => {
  t.strictSame(published, makeSchema())
})

const configs: [config: Record<string, unknown>, isRight: boolean][] = [
  [{}, true],
  [{ bind: 'tcp://*:1', insecure: true, maxSize: '1g', keepFiles: 3, compress: 'gzip' }, true],
  [{ bind: ['tcp://*:1', 'tcp://*:2'], insecure: true, compress: true, timeKey: 'time' }, true],
  [{ curveSecretKey: 'a', authorizedKeys: 'b', pinNames: 'app,host', bindPlain: 'ipc://a' }, true],
  [{ curveSecretKey: 'a', authorizedKeys: 'b', pinNames: ['host'] }, true],
  [{ curveSecretKey: 'a', authorizedKeys: 'b', pinNames: 'pid' }, false],
  [{ curveSecretKey: 'a', authorizedKeys: 'b', pinNames: [] }, false],
  [{ curveSecretKey: 5 }, false],
  [{ outputs: [{ file: 'a.log', level: 'warn', topic: ['db'], required: true }] }, true],
  [
    {
      outputs: [
        { file: 'a.log', level: 35 },
        { file: 'b.log', required: false }
      ]
    },
    true
  ],
  [{ fileMode: '0640', dirMode: '2750' }, true],
  [{ fileMode: '640', outputs: [{ file: 'a.log', fileMode: '600', dirMode: '700' }] }, true],
  [{ fileMode: 640 }, false],
  [{ dirMode: '640' }, false],
  [{ text: '{level} {msg}' }, true],
  [{ text: { default: '{msg}', debug: '{msg} {caller}' } }, true],
  [{ format: 'ndjson', outputs: [{ file: 'a.log', text: { warn: '{msg}' } }] }, true],
  [{ text: { loud: '{msg}' } }, false],
  [{ text: { warn: 5 } }, false],
  [{ text: ['{msg}'] }, false],
  [{ fil: 'x' }, false],
  [{ rotate: 'yearly' }, false],
  [{ keepFiles: 1.5 }, false],
  [{ maxSize: '1q' }, false],
  [{ compress: 'lz4' }, false],
  [{ maxOpenFiles: 0 }, false],
  [{ fsync: 'yes' }, false],
  [{ metrics: '127.0.0.1:9464' }, true],
  [{ metrics: 9464 }, false],
  [{ ui: '127.0.0.1:8558', uiName: ['a.example', 'b.example'] }, true],
  [{ uiName: [] }, false],
  [{ outputs: [] }, false],
  [{ outputs: [5] }, false],
  [{ outputs: [{ file: 'a.log', level: 'loud' }] }, false],
  [{ outputs: [{ file: 'a.log', bind: 'tcp://*:1' }] }, false],
  [{ topic: [] }, false]
]

for (const [config, isRight] of configs) {
  test(`schema and collector agree on ${JSON.stringify(config)}`, async t => {
    t.equal(validate(config), isRight, JSON.stringify(validate.errors))
    t.equal(findOptionProblems(config, name => name).length === 0, isRight)
  })
}
