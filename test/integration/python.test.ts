/** Both directions between this package and real pyzmq. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { TransportOptions } from '../../transport.ts'
import { startCollector, type TestCollector } from '../helpers/collector.ts'
import { startLogger } from '../helpers/logger.ts'
import { skip, startPython, waitForOutput } from '../helpers/python.ts'
import { waitFor } from '../helpers/wait.ts'

test("PUBHandler's messages with sub-topics become records", { skip }, async t => {
  const records = (await takeFromPython(t, await startCollector(t))).map(
    line => JSON.parse(line) as Record<string, unknown>
  )
  const [debug, info, warning, error, critical] = records
  t.match(debug, { level: 20, name: 'app', topic: 'db.query', msg: / - took 12 ms$/ })
  t.match(info, { level: 30, name: 'app', time: Number, msg: 'plain message' })
  t.match(warning, { level: 40, topic: 'http.request', msg: / - ünïcode$/ })
  t.match(error, { level: 50, msg: /failed - .*ValueError\('broken'\)[^]*Traceback/ })
  t.match(critical, { level: 60, msg: / - the end$/ })
})

test("PUBHandler's messages become the text that the recipe writes", { skip }, async t => {
  const lines = await takeFromPython(t, await startCollector(t, { format: 'text' }))
  t.match(
    lines[0],
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| DEBUG \| app\.db\.query \| DEBUG .*took 12 ms$/
  )
  t.match(lines[1], / \| INFO \| app \| plain message$/)
})

test(
  'the levels of Python apps, root and sub-topic stay, also where a formatter makes JSON',
  { skip },
  async t => {
    const collector = await startCollector(t)
    const records = (await takeFromPython(t, collector, 'publisher-levels.py')).map(
      line => JSON.parse(line) as Record<string, unknown>
    )
    const name = 'app'
    t.match(records, [
      { level: 30, name, topic: 'db', msg: 'backup done' },
      { level: 60, name, msg: 'disk gone' },
      { level: 40, name, topic: 'db', msg: 'odd' },
      { level: 50, name, msg: /^failed\nTraceback/ },
      { level: 40, name, topic: 'db', message: 'slow' },
      { level: 60, name, msg: 'the end' }
    ])
  }
)

test('the levels of Python apps stay in text, and a traceback is one entry', { skip }, async t => {
  const collector = await startCollector(t, { format: 'text' })
  const lines = await takeFromPython(t, collector, 'publisher-levels.py')
  const entries = lines.filter(line => !line.startsWith('    '))
  t.strictSame(
    entries.map(line => line.slice(line.indexOf(' | ') + 3)),
    [
      'NOTICE | app.db | backup done',
      'ALERT | app | disk gone',
      'Level 33 | app.db | odd',
      'ERROR | app | failed',
      'WARNING | db | slow name=app',
      'CRITICAL | app | the end'
    ]
  )
  t.ok(lines.includes('    2026-11-23 07:03:32,777 | INFO | forged'))
})

test('a pyzmq subscriber gets two frames a record, as from PUBHandler', { skip }, async t => {
  const subscriber = startPython(t, 'subscriber.py', ['6'])
  const { logger } = await startToPython(t, (await waitForOutput(subscriber, 1))[0], {
    topic: 'root'
  })
  const messages = await logAll(logger).then(() => waitForOutput(subscriber, 7))
  const [, ...pairs] = messages.map(line => JSON.parse(line) as [string, string])
  t.same(
    pairs.map(([topic]) => topic),
    [
      'root.DEBUG',
      'root.DEBUG.db.query',
      'root.INFO.sub.topic',
      'root.WARNING',
      'root.ERROR',
      'root.CRITICAL'
    ]
  )
  t.equal(pairs[2]?.[1], '{"level":30,"msg":"sub.topic::hello ünïcode"}\n')
})

test("the recipe's collector runs unmodified against the transport", { skip }, async t => {
  const file = join(t.testdir(), 'recipe.log')
  const recipe = startPython(t, 'recipe.py', [file, '6'])
  const { logger } = await startToPython(t, (await waitForOutput(recipe, 1))[0], {
    plainFormat: 'text'
  })
  await logAll(logger)
  t.same(await recipe.exited, { code: 0, signal: null }, recipe.stderr())
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  t.same(
    lines.map(line => line.slice(line.indexOf(' | ') + 3)),
    [
      'DEBUG | traced',
      'DEBUG | db.query | debugged',
      'INFO | sub.topic | hello ünïcode',
      'WARNING | warned',
      'ERROR | failed',
      'CRITICAL | died'
    ]
  )
})

/** @returns what the recipe's sender wrote, without its warm-up */
async function takeFromPython(
  t: Test,
  collector: TestCollector,
  program = 'publisher.py'
): Promise<string[]> {
  const publisher = startPython(t, program, [collector.address])
  await collector.waitForLines(1)
  publisher.child.stdin?.write('seen\n')
  t.equal((await publisher.exited).code, 0, publisher.stderr())
  await waitFor(() => collector.read().includes('the end'), 'the last message')
  const lines = collector.read().split('\n').slice(0, -1)
  return lines.filter(line => !/ready("}|$)/.test(line))
}

function startToPython(
  t: Test,
  port: string | undefined,
  options: TransportOptions
): ReturnType<typeof startLogger> {
  const address = `tcp://127.0.0.1:${port}`
  return startLogger(t, { address, ...options }, { base: null, timestamp: false, level: 'trace' })
}

async function logAll(logger: Awaited<ReturnType<typeof startLogger>>['logger']): Promise<void> {
  logger.trace('traced')
  logger.child({ topic: 'db.query' }).debug('debugged')
  logger.info('sub.topic::hello ünïcode')
  logger.warn('warned')
  logger.error('failed')
  logger.fatal('died')
}
