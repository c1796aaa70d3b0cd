import { test } from 'tap'
import { TailLines, type TailLineOptions } from '../../lib/cli/tail-line.ts'

const none = { level: 0, apps: [], hosts: [], topics: [] }

function toLine(topic: string, text: string, options: Partial<TailLineOptions> = {}) {
  const all = { filter: none, grep: undefined, isJson: false, isColored: false, ...options }
  return new TailLines(all).toLine(Buffer.from(topic), Buffer.from(text), 5)
}

const escape = String.fromCodePoint(27)
const evil = `${escape}]0;owned\u0007\u009b2J\u202e\r\u2028`

const record = { level: 30, time: 9, pid: 7, hostname: 'web-1', name: 'shop' }

const evilRecords: [what: string, topic: string, text: string][] = [
  ['a message', 'shop.INFO', JSON.stringify({ ...record, msg: evil })],
  ['names', 'shop.INFO', JSON.stringify({ ...record, hostname: evil, name: evil, pid: evil })],
  ['keys', 'shop.INFO', JSON.stringify({ ...record, [evil]: { [evil]: [evil] } })],
  ['a caller', 'shop.INFO', JSON.stringify({ ...record, caller: evil })],
  ['a level', `shop.${evil}`, JSON.stringify({ ...record, level: evil })],
  ['the name of a level', `shop.${evil}`, JSON.stringify({ ...record, level: 35 })],
  ['a time', 'shop.INFO', JSON.stringify({ ...record, time: evil })],
  ['an error', 'shop.INFO', JSON.stringify({ ...record, err: { type: evil, stack: evil } })],
  ['an old error', 'shop.INFO', JSON.stringify({ ...record, type: 'Error', stack: evil, a: evil })],
  ['a nested text that is no JSON', 'shop.INFO', `{"level":30,"time":9,"a":{"b":"${evil}"}}`],
  ['a text', evil, evil],
  ['a key that pino-pretty calls', 'a.INFO', JSON.stringify({ ...record, __defineGetter__: evil })],
  ['much nesting', 'a.INFO', `{"level":30,"time":9,"${evil}":${'['.repeat(9e4)}${']'.repeat(9e4)}}`]
]

for (const [what, topic, text] of evilRecords) {
  test(`no terminal acts on ${what}`, async t => {
    for (const isJson of [false, true]) {
      const line = toLine(topic, text, { isJson }) ?? ''
      t.notMatch(line, /[^\P{Cc}\n]|[\u2028-\u202e]/u, JSON.stringify(line.slice(0, 200)))
      if (isJson) t.match(line, /^[^\n]+\n$/)
      if (isJson) t.ok(JSON.parse(line))
    }
  })
}

test('a record does not look like two', async t => {
  const msg = 'one\n[08:15:26.123] INFO (forged): two'
  for (const key of ['msg', 'name', 'hostname', 'caller', 'a']) {
    const line = toLine('shop.INFO', JSON.stringify({ ...record, [key]: msg })) ?? ''
    t.equal(line.match(/^\[/gm)?.length, 1, line)
  }
})

const texts: [topic: string, text: string, line: RegExp][] = [
  [
    'shop.INFO',
    JSON.stringify({ ...record, a: 1, msg: 'x' }),
    /INFO \(shop\/7 on web-1\): x \{"a":1\}\n$/
  ],
  ['shop.NOTICE', JSON.stringify({ ...record, level: 35, msg: 'x' }), /\] NOTICE \(shop/],
  ['shop.LOUD', JSON.stringify({ ...record, level: 35, msg: 'x' }), /\] LEVEL 35 \(shop/],
  ['app.WARNING.db', 'slow\n', /\] WARN \(app\): slow \{"topic":"db"\}\n$/],
  ['app.ERROR', 'failed\nTraceback', /ERROR \(app\): failed\n {4}Traceback ?\n$/],
  ['WARNING', 'x', /\] WARN: x ?\n$/],
  ['', 'x', /\] INFO: x ?\n$/]
]

for (const [topic, text, line] of texts) {
  test(`${topic} ${text.slice(0, 12)} is shown`, async t => {
    t.match(toLine(topic, text), line)
  })
}

const filtered: [filter: object, isShown: boolean][] = [
  [{ level: 30 }, true],
  [{ level: 31 }, false],
  [{ apps: ['shop'] }, true],
  [{ apps: ['root'] }, true],
  [{ apps: ['via'] }, true],
  [{ apps: ['billing'] }, false],
  [{ hosts: ['web-1'] }, true],
  [{ hosts: ['edge'] }, true],
  [{ hosts: ['web'] }, false],
  [{ topics: ['db'] }, true],
  [{ topics: ['http'] }, false]
]

for (const [filter, isShown] of filtered) {
  test(`${JSON.stringify(filter)} ${isShown ? 'shows' : 'hides'} a record`, async t => {
    const text = JSON.stringify({ ...record, topic: 'db.query', sentBy: 'via@edge' })
    const line = toLine('root.INFO.db.query', text, { filter: { ...none, ...filter } })
    t.equal(line !== undefined, isShown)
  })
}

test('an app whose name has an @ is found by what has sent the record', async t => {
  const text = JSON.stringify({ ...record, sentBy: '@acme/via@edge' })
  const filter = { ...none, apps: ['@acme/via'], hosts: ['edge'] }
  t.ok(toLine('root.INFO', text, { filter }))
})

test('a gap record is shown with the app and the host that it is about', async t => {
  const gap = { app: 'billing', host: 'web-9', records: 5, why: 'buffer full' }
  const text = JSON.stringify({ ...record, name: 'zmq-pub-collector', gap })
  t.ok(toLine('root.WARNING', text, { filter: { ...none, apps: ['billing'], hosts: ['web-9'] } }))
  t.notOk(toLine('root.WARNING', text, { filter: { ...none, apps: ['billing'], hosts: ['x'] } }))
})

test('grep looks at the line of JSON', async t => {
  const text = JSON.stringify({ ...record, order: 17 })
  t.ok(toLine('shop.INFO', text, { grep: /"order":17\b/ }))
  t.equal(toLine('shop.INFO', text, { grep: /"order":1\b/ }), undefined)
})

test('with --json a record stays byte for byte, and with colors a line has some', async t => {
  const text = JSON.stringify({ ...record, msg: 'x' })
  t.equal(toLine('shop.INFO', text, { isJson: true }), `${text}\n`)
  t.match(toLine('shop.INFO', text, { isColored: true }), `${escape}[32mINFO`)
})
