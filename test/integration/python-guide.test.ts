/** The code of docs/python.md, as it is on the page. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import type { CollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { startCollector } from '../helpers/collector.ts'
import { root, startProgram } from '../helpers/program.ts'
import { skip } from '../helpers/python.ts'
import { python as found } from '../helpers/python-command.ts'
import { waitFor } from '../helpers/wait.ts'

/** without it the tests are skipped */
const python = found ?? 'python3'
const page = 'docs/python.md'
const address = 'tcp://127.0.0.1:5558'

/** Runs a program of the page in a folder of the test, beside a collector. @returns the log */
async function runBlock(
  t: Test,
  name: string,
  options: CollectorOptions = {},
  cwd = t.testdir()
): Promise<string> {
  const collector = await startCollector(t, { format: 'text', ...options })
  const { code } = findBlock(page, name)
  t.match(code, address)
  writeFileSync(join(cwd, `${name}_app.py`), code.replaceAll(address, collector.address))
  const program = startProgram(t, '', { command: python, args: [`${name}_app.py`], cwd })
  const { code: exitCode } = await program.exited
  t.equal(exitCode, 0, program.stderr())
  await collector.waitForLines(1)
  return collector.read()
}

test('the flags of the page are those of the handler beside them', { skip }, async t => {
  const { code } = findBlock(page, 'collector')
  const words = code.replaceAll(/\\\n/g, ' ').replaceAll("'", '').trim().split(/\s+/)
  t.match(parseCommandLine(words.slice(2), {}), {
    name: 'run',
    options: { keepFiles: 31, timezone: 'utc', format: 'text', rotate: 'daily', symlink: 'all.log' }
  })
  const cwd = t.testdir()
  const handler = findBlock(page, 'handler').code
  const check =
    'print(handler.when, handler.backupCount, handler.utc, handler.suffix, handler.baseFilename)'
  const { stdout, stderr } = spawnSync(python, ['-c', `${handler}\n${check}`], { cwd })
  t.match(stdout.toString(), /^MIDNIGHT 30 True %Y-%m-%d .*all\.log\n$/, stderr.toString())
})

test('the app of the page loses none of its lines, though it has only one', { skip }, async t => {
  t.match(await runBlock(t, 'app'), / \| WARNING \| billing\.db\.query \| took 12 ms\n$/)
})

test('as NDJSON the line of the app is what the page shows', { skip }, async t => {
  const line = await runBlock(t, 'app', { format: 'ndjson' })
  const expected = findBlock(page, 'ndjson').code
  t.equal(line.replace(/"time":\d+/, ''), expected.replace(/"time":\d+/, ''))
})

test('a level of its own keeps its name', { skip }, async t => {
  t.match(await runBlock(t, 'levels'), / \| NOTICE \| billing \| night run begins\n$/)
})

test('a JSON formatter makes records with fields and a source place', { skip }, async t => {
  const text = '{level} {app} {caller} {msg} {fields}'
  t.match(
    await runBlock(t, 'json', { text }),
    /^WARNING billing .*json_app\.py:\d+ paid late order=17\n$/
  )
})

const hasJsonLogger = spawnSync(python, ['-c', 'import pythonjsonlogger']).status === 0
const skipJsonLogger = skip || (hasJsonLogger ? false : 'python3-pythonjsonlogger is not installed')

test('python-json-logger makes the same records', { skip: skipJsonLogger }, async t => {
  const cwd = t.testdir()
  const collector = await startCollector(t, { text: '{level} {app} {caller} {msg} {fields}' })
  const [whole, own] = [findBlock(page, 'json').code, findBlock(page, 'json-logger').code]
  const app = whole
    .replace('handler.setFormatter(JsonFormatter())', () => own)
    .replaceAll(address, collector.address)
  writeFileSync(join(cwd, 'json_app.py'), app)
  const program = startProgram(t, '', { command: python, args: ['json_app.py'], cwd })
  t.equal((await program.exited).code, 0, program.stderr())
  await collector.waitForLines(1)
  t.match(collector.read(), /^WARNING billing .*json_app\.py:\d+ paid late order=17\n$/)
})

test('the encrypted app connects with the keys of keygen', { skip }, async t => {
  const cwd = t.testdir()
  for (const name of ['collector', 'billing']) {
    const { exited } = startProgram(t, 'collector.js', { args: ['keygen', name], cwd })
    t.equal((await exited).code, 0)
  }
  const curveSecretKey = join(cwd, 'collector.key_secret')
  const authorizedKeys = join(cwd, 'billing.key')
  t.match(
    await runBlock(t, 'curve', { curveSecretKey, authorizedKeys }, cwd),
    / \| WARNING \| billing \| encrypted\n$/
  )
})

test('an encrypted app connects to collectors with different keys', { skip }, async t => {
  const cwd = t.testdir()
  for (const name of ['logs-1', 'logs-2', 'billing']) {
    const { exited } = startProgram(t, 'collector.js', { args: ['keygen', name], cwd })
    t.equal((await exited).code, 0)
  }
  const collectors = await Promise.all(
    [1, 2].map(number =>
      startCollector(t, {
        format: 'text',
        curveSecretKey: join(cwd, `logs-${number}.key_secret`),
        authorizedKeys: join(cwd, 'billing.key')
      })
    )
  )
  const serverKey = `socket.curve_serverkey, _ = zmq.auth.load_certificate("collector.key")
socket.connect("${address}")
`
  const single = findBlock(page, 'curve').code
  t.match(single, serverKey)
  const connecting = collectors.reduce(
    (code, collector, index) => code.replace(`tcp://logs-${index + 1}:5558`, collector.address),
    findBlock(page, 'collectors').code
  )
  // What is logged before a collector has subscribed is dropped: the line again until both have it.
  const code = single
    .replace(serverKey, () => connecting)
    .replace(
      'logger.warning("encrypted")',
      line => `import time\nwhile True:\n    ${line}\n    time.sleep(0.1)`
    )
  writeFileSync(join(cwd, 'app.py'), code)
  const program = startProgram(t, '', { command: python, args: ['app.py'], cwd })
  const ended = program.exited.then(() => Promise.reject(new Error(program.stderr())))
  ended.catch(() => undefined) // it is killed at the end of the test
  for (const collector of collectors) {
    await Promise.race([collector.waitForLines(1), ended])
    t.match(collector.read(), / \| WARNING \| billing \| encrypted\n/)
  }
})

test(
  'both collectors take the same messages, and the comparison finds what differs',
  { skip },
  async t => {
    const cwd = t.testdir()
    const collector = await startCollector(t, { format: 'text' })
    const recipe = startProgram(t, 'test/fixtures/recipe.py', {
      command: python,
      args: [join(cwd, 'all.log'), '4'],
      cwd
    })
    const port = await waitFor(() => /^\d+$/m.exec(recipe.stdout())?.[0], 'the port of the recipe')
    const code = `import logging, zmq
from zmq.log.handlers import PUBHandler
context = zmq.Context.instance()
socket = context.socket(zmq.XPUB)
addresses = ["tcp://127.0.0.1:${port}", "${collector.address}"]
for address in addresses:
    socket.connect(address)
    # its subscription; what else a zmq-pub-collector says may come, too
    socket.poll(20000)
    while socket.poll(500):
        socket.recv()
handler = PUBHandler(socket)
logger = logging.getLogger("app")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
logger.debug("db.query::slow")
logger.info("C:\\\\new")
logger.warning("ünïcode")
try:
    raise ValueError("broken")
except ValueError:
    logger.exception("failed")
logger.removeHandler(handler)
socket.close()
context.term()
`
    const app = startProgram(t, '', { command: python, args: ['-c', code], cwd })
    t.equal((await app.exited).code, 0, app.stderr())
    t.equal((await recipe.exited).code, 0, recipe.stderr())
    await waitFor(() => collector.read().includes('failed'), 'the last message')
    const [name = ''] = readdirSync(collector.folder).filter(one => /^\d.*\.log$/.test(one))
    const ours = join(collector.folder, name)
    const words = findBlock(page, 'compare').code.trim().split(' ')
    t.strictSame(words.slice(-2), ['all.log', 'logs/2026-11-23.log'])
    const script = join(root, words[1]?.replace('node_modules/zmq-pub/', '') ?? '')
    const compare = (path: string): ReturnType<typeof spawnSync> =>
      spawnSync(python, [script, 'all.log', path], { cwd, encoding: 'utf8' })
    const same = compare(ours)
    t.equal(same.stdout, '4 entries in both, 0 only in the first, 0 only in the second\n')
    t.equal(same.status, 0)
    const changed = join(cwd, 'changed.log')
    writeFileSync(changed, readFileSync(ours, 'utf8').replace('slow', 'fast'))
    const different = compare(changed)
    t.match(different.stdout, /^- 'DEBUG \| db\.query \| .*slow'\n\+ .*fast'\n3 entries in both/)
    t.equal(different.status, 1)
    t.equal(different.stderr, '')
    writeFileSync(changed, readFileSync(ours, 'utf8').replaceAll(/ [|] (?=[A-Z]+ [|])/g, ' | X'))
    t.match(compare(changed).stderr, 'the files have no entry in common: both must write the topic')
    const unreadable = compare('missing.log')
    t.equal(unreadable.stderr, 'cannot read missing.log: No such file or directory\n')
    t.equal(unreadable.status, 2)
    const ownFormat = join(cwd, 'own.log')
    writeFileSync(ownFormat, '{"level":30,"msg":"slow"}\n')
    const incomparable = compare(ownFormat)
    t.match(incomparable.stderr, /own\.log must have lines in the default text format/)
    t.equal(incomparable.status, 2)
  }
)
