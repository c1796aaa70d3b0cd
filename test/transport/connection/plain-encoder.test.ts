import { test } from 'tap'
import { pythonLevelNames } from '../../../lib/record/levels.ts'
import { RoleFinder } from '../../../lib/record/roles.ts'
import {
  PlainEncoder,
  toPlainFrames,
  type PlainFrames,
  type PlainSettings
} from '../../../lib/transport/connection/plain-encoder.ts'
import { toBatch } from '../../helpers/batch.ts'

const settings: PlainSettings = {
  root: '',
  levels: { 35: 'notice' },
  roles: new RoleFinder({}),
  plainFormat: 'ndjson',
  plainLevels: pythonLevelNames
}

const topics: [record: object, changed: Partial<PlainSettings>, topic: string][] = [
  [{ level: 'err' }, {}, 'ERROR'],
  [{ level: 'panic' }, {}, 'CRITICAL'],
  [{ severity: 'NOTICE' }, {}, 'INFO'],
  [{ level: 10 }, {}, 'DEBUG'],
  [{ level: 20 }, {}, 'DEBUG'],
  [{ level: 30 }, {}, 'INFO'],
  [{ level: 40 }, {}, 'WARNING'],
  [{ level: 50 }, {}, 'ERROR'],
  [{ level: 60 }, {}, 'CRITICAL'],
  [{ level: 35 }, {}, 'NOTICE'],
  [{ level: 45 }, {}, '45'],
  [{ level: 'warn' }, {}, 'WARNING'],
  [{}, {}, 'INFO'],
  [{ level: 10 }, { plainLevels: { trace: 'TRACE' } }, 'TRACE'],
  [{ level: 30 }, { root: 'shop' }, 'shop.INFO'],
  [{ level: 30, topic: 'db' }, {}, 'INFO.db'],
  [{ level: 30, topic: 'db' }, { root: 'shop' }, 'shop.INFO.db'],
  [{ level: 30, msg: 'db.query::slow' }, { root: 'shop' }, 'shop.INFO.db.query'],
  [{ level: 30, text: 'db::slow' }, { roles: new RoleFinder({ messageKey: 'text' }) }, 'INFO.db']
]

for (const [record, changed, topic] of topics) {
  const given = `${JSON.stringify(record)} with ${Object.keys(changed).join()}`
  test(`the topic of ${given} is ${topic}`, async t => {
    const line = JSON.stringify(record)
    t.strictSame(toPlainFrames(line, { ...settings, ...changed }), [topic, `${line}\n`])
  })
}

test("pino's level stands first, and wins over a field of that name", async t => {
  const line = '{"level":50,"time":1,"level":20,"msg":"db::slow"}'
  t.strictSame(toPlainFrames(line, settings), ['ERROR.db', `${line}\n`])
})

const texts: [line: string, message: PlainFrames][] = [
  ['{"level":30,"msg":"hello"}', ['INFO', 'hello\n']],
  ['{"level":30,"msg":"db::slow"}', ['INFO.db', 'slow\n']],
  ['{"level":30,"topic":"web","msg":"db::slow"}', ['INFO.web', 'db::slow\n']],
  ['{"level":30,"msg":""}', ['INFO', '\n']],
  ['{"level":30,"msg":5}', ['INFO', '{"level":30,"msg":5}\n']],
  ['{"level":30}', ['INFO', '{"level":30}\n']],
  ['no record', ['INFO', 'no record\n']],
  ['', ['INFO', '\n']]
]

for (const [line, message] of texts) {
  test(`as text, '${line}' goes as ${JSON.stringify(message)}`, async t => {
    t.strictSame(toPlainFrames(line, { ...settings, plainFormat: 'text' }), message)
  })
}

test('a batch becomes a message for each record, in its order', async t => {
  const encoder = new PlainEncoder()
  t.teardown(() => encoder.close())
  let first = 1
  for (const count of [1, 1000, 3]) {
    const lines = Array.from(
      { length: count },
      (_, index) => `{"level":40,"msg":"grün ${first + index}"}`
    )
    const payload = lines.map(line => `${line}\n`).join('')
    const messages = await encoder.encode(toBatch(first, count, payload), settings)
    t.strictSame(
      messages,
      lines.map(line => ['WARNING', `${line}\n`])
    )
    first += count
  }
})

test('empty lines and rubbish in a batch are messages too', async t => {
  const encoder = new PlainEncoder()
  t.teardown(() => encoder.close())
  const batch = toBatch(1, 3, Buffer.from('\nnull\n{"level":50}\n'))
  t.strictSame(await encoder.encode(batch, settings), [
    ['INFO', '\n'],
    ['INFO', 'null\n'],
    ['ERROR', '{"level":50}\n']
  ])
})
