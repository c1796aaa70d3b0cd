/** SIGHUP: a configuration file is read again, under load. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram, type CollectorProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** A collector with a configuration file, which `configure` replaces. */
async function start(t: Test, config: object) {
  const folder = t.testdir({ 'c.json': JSON.stringify(config) })
  const args = [`--config=${folder}/c.json`]
  const collector = await startCollectorProgram(t, args, { cwd: folder })
  const { logger, stream } = await startLogger(t, { address: collector.address }, { base: null })
  const flush = (): Promise<void> => new Promise(resolve => stream.flush(() => resolve()))
  const configure = (text: string): void => {
    writeFileSync(`${folder}/c.json`, text)
    collector.child.kill('SIGHUP')
  }
  return { folder, collector, logger, flush, configure }
}

function countEntries(collector: CollectorProgram, message: string): number {
  return collector.entries().filter(({ msg }) => msg === message).length
}

function readLines(path: string): number[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => (JSON.parse(line) as { line: number }).line)
}

test('outputs are replaced under load, and nothing is lost, doubled or out of order', async t => {
  const output = (path: string) => ({ rotate: 'never', outputs: [{ file: path }] })
  const { folder, collector, logger, flush, configure } = await start(t, output('0/all.log'))
  const paths = ['0/all.log', '1/all.log', '1/all.log', '2/all.log', '0/all.log']
  for (const [index, path] of paths.entries()) {
    for (let line = 0; line < 5000; line++) logger.info({ line: index * 5001 + line })
    const config = { ...output(path), timezone: index % 2 === 0 ? 'utc' : 'local' }
    configure(JSON.stringify(config))
    await waitFor(
      () => countEntries(collector, 'configuration reloaded') === index + 1,
      'the configuration'
    )
    logger.info({ line: index * 5001 + 5000 })
    await waitFor(() => existsSync(`${folder}/${path}`), 'a record in its file')
  }
  logger.info({ line: 25_005 })
  await flush()
  t.equal(await collector.stop(), 0, collector.stderr())
  const all = ['0', '1', '2'].flatMap(name => readLines(`${folder}/${name}/all.log`))
  t.equal(all.length, 25_006)
  t.equal(new Set(all).size, 25_006)
  for (const name of ['0', '1', '2']) {
    const lines = readLines(`${folder}/${name}/all.log`)
    t.ok(lines.length > 0, name)
    t.ok(
      lines.every((line, index) => index === 0 || line > (lines[index - 1] ?? 0)),
      `${name} in order`
    )
  }
  t.equal(readLines(`${folder}/0/all.log`).at(-1), 25_005)
})

test('a configuration that is wrong is refused, and the old one stays', async t => {
  const config = { rotate: 'never', file: 'all.log' }
  const { folder, collector, logger, flush, configure } = await start(t, config)
  const wrong = [
    '{ "rotate": "never", "fil": "x" }',
    '{ "rotate": "yearly" }',
    '{',
    '{"file":"c.json/x"}'
  ]
  for (const [index, text] of wrong.entries()) {
    configure(text)
    await waitFor(
      () =>
        countEntries(collector, 'configuration refused; the previous one stays in use') ===
        index + 1,
      `the refusal of ${text}`
    )
  }
  logger.info({ line: 1 })
  await flush()
  t.strictSame(readLines(`${folder}/all.log`), [1])
  const reasons = collector.entries().flatMap(({ reason }) => reason ?? [])
  t.match(reasons, [
    /unknown key 'fil'/,
    /rotate in .* must be one of/,
    /is not valid: line 1/,
    /cannot write/
  ])
})

test('a configuration that says the same reopens the files', async t => {
  const config = { rotate: 'never', file: 'all.log' }
  const { folder, collector, logger, flush, configure } = await start(t, config)
  logger.info({ line: 1 })
  await flush()
  renameSync(`${folder}/all.log`, `${folder}/moved.log`)
  configure(JSON.stringify(config))
  await waitFor(() => countEntries(collector, 'writing') === 2, 'the new file')
  logger.info({ line: 2 })
  await flush()
  t.strictSame(readLines(`${folder}/moved.log`), [1])
  t.strictSame(readLines(`${folder}/all.log`), [2])
})

test('what sockets need is said to need a restart', async t => {
  const config = { rotate: 'never', file: 'all.log' }
  const { folder, collector, logger, flush, configure } = await start(t, config)
  configure(JSON.stringify({ ...config, topic: 'x', file: 'other.log' }))
  t.match(await collector.waitForEntry('restart to use these options'), { options: ['topic'] })
  logger.info({ line: 1 })
  await flush()
  t.strictSame(readLines(`${folder}/other.log`), [1])
  await waitFor(
    () => !existsSync(`${folder}/.all.log.journal.lock`),
    'the place of the old log to be free'
  )
  t.strictSame(
    readdirSync(folder).filter(name => name.startsWith('.')),
    ['.other.log.journal', '.other.log.journal.lock'],
    'the journal goes with the log'
  )
})

test('a collector that is killed after a reload knows what it has written', async t => {
  const { folder, collector, logger, flush } = await start(t, {
    rotate: 'never',
    file: 'a/a.log'
  })
  let current = collector
  const outputs = [{ file: 'e/e.log', level: 'error' }, { file: 'a/a.log' }]
  for (const [index, config] of [{ outputs }, { file: 'b/b.log' }, { outputs }].entries()) {
    for (let line = 0; line < 1000; line++) logger.info({ line: index * 1000 + line })
    await flush()
    writeFileSync(`${folder}/c.json`, JSON.stringify({ rotate: 'never', ...config }))
    current.child.kill('SIGHUP')
    await current.waitForEntry('configuration reloaded')
    logger.error({ line: -index })
    await flush()
    current.child.kill('SIGKILL')
    await current.exited
    const args = [`--config=${folder}/c.json`, '--bind', collector.address]
    current = await startCollectorProgram(t, args, { cwd: folder })
  }
  logger.info({ line: 3000 })
  await flush()
  t.equal(await current.stop(), 0, current.stderr())
  const lines = ['a', 'b'].flatMap(name => readLines(`${folder}/${name}/${name}.log`))
  t.equal(lines.length, 3004)
  t.equal(new Set(lines).size, 3003, 'line 0 is logged twice')
  t.notMatch(current.stderr(), /are missing|no journal/)
})

test('an output that is stuck holds up nobody once the configuration has dropped it', async t => {
  const { folder, collector, logger, flush, configure } = await start(t, {
    rotate: 'never',
    outputs: [{ file: 'good/all.log' }, { file: 'bad/{app}/all.log' }]
  })
  writeFileSync(`${folder}/bad/unknown`, 'in the way')
  logger.info({ line: 1 })
  await collector.waitForEntry('cannot write; trying again')
  configure(JSON.stringify({ rotate: 'never', outputs: [{ file: 'good/all.log' }] }))
  await collector.waitForEntry('configuration reloaded')
  logger.info({ line: 2 })
  await waitFor(() => readLines(`${folder}/good/all.log`).length === 2, 'the next line')
  await flush()
  t.strictSame(readLines(`${folder}/good/all.log`), [1, 2])
  t.equal(await collector.stop(), 0)
  t.match(
    collector.entries().findLast(({ msg }) => msg === 'totals'),
    {
      totals: { droppedOptionalRecords: 1 }
    }
  )
})
