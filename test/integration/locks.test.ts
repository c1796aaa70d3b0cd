/** Two collectors that want the same logs, and one whose files somebody takes away. */
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { identifySelf } from '../../lib/util/process-identity.ts'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { startLogger } from '../helpers/logger.ts'
import { loopback } from '../helpers/loopback.ts'
import { noNamespaces, signalInside, unshare } from '../helpers/namespace.ts'
import { startCollectorProgram, startProgram, type Program } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const journalName = '.{date}.log.journal'
const elsewhere = JSON.stringify({ ...identifySelf(), pid: 12, host: 'elsewhere', boot: 'another' })

/** A collector that need not start. */
function startWaiting(t: Test, folder: string, prefix?: string[]) {
  const args = ['--bind', `tcp://${loopback}:*`, '--file', join(folder, '{date}.log')]
  const program = startProgram(t, 'collector.js', { args, prefix })
  const waitForEntry = (text: string): Promise<Record<string, unknown>> =>
    waitFor(
      () =>
        program
          .stderr()
          .split('\n')
          .slice(0, -1)
          .map(line => JSON.parse(line) as Record<string, unknown>)
          .find(({ msg }) => String(msg).startsWith(text)),
      `'${text}' in ${program.stderr()}`,
      30_000
    )
  return { ...program, waitForEntry }
}

/** What is in the folder, byte by byte. */
function listContents(folder: string): [name: string, content: string][] {
  return readdirSync(folder)
    .toSorted()
    .map(name => [name, readFileSync(join(folder, name), 'latin1')])
}

const numbersIn = (folder: string): number[] =>
  readFolder(folder)
    .split('\n')
    .slice(0, -1)
    .map(line => (JSON.parse(line) as { line: number }).line)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

async function kill({ child }: Program): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
}

const ends: [how: string, end: (first: Program, folder: string) => Promise<void>][] = [
  [
    'is stopped',
    async first => {
      signalInside(first, 'SIGTERM')
      await first.exited
    }
  ],
  [
    'is killed, and 50 s have passed since its last heartbeat',
    async (first, folder) => {
      await kill(first)
      const before = Date.now() / 1000 - 50
      utimesSync(join(folder, `${journalName}.lock`), before, before)
    }
  ]
]

for (const [how, end] of ends) {
  test(
    `a collector in another pid namespace is waited for, and followed when it ${how}`,
    { skip: noNamespaces },
    async t => {
      const folder = t.testdir()
      const file = ['--file', join(folder, '{date}.log')]
      const first = await startCollectorProgram(t, file, { prefix: unshare })
      const { logger, stream } = await startLogger(t, { address: first.address })
      for (const line of upTo(1000)) logger.info({ line })
      await new Promise(resolve => stream.flush(resolve))
      const before = listContents(folder)
      const second = startWaiting(t, folder, unshare)
      t.match(await second.waitForEntry('waiting for another collector'), {
        lock: join(folder, `${journalName}.lock`),
        holder: { pid: 1, host: hostname(), silentMs: Number },
        until: /^\d{4}-\d\d-\d\dT/
      })
      t.strictSame(listContents(folder), before, 'nothing has changed')
      await end(first, folder)
      await second.waitForEntry('listening')
      t.strictSame(numbersIn(folder), upTo(1000))
    }
  )
}

test('SIGTERM ends a collector that waits, with code 0, and changes nothing', async t => {
  const folder = t.testdir({ [`${journalName}.lock`]: elsewhere })
  const before = listContents(folder)
  const waiting = startWaiting(t, folder)
  await waiting.waitForEntry('waiting for another collector')
  waiting.child.kill('SIGTERM')
  t.match(await waiting.exited, { code: 0, signal: null })
  t.match(waiting.stderr(), '"msg":"stopping"')
  t.strictSame(listContents(folder), before)
})

test('a collector that is known to run is named, with its host and its last active', async t => {
  const folder = t.testdir()
  const first = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const second = startWaiting(t, folder)
  t.match(await second.exited, { code: 1 })
  const holder = `process ${first.child.pid} on host ${hostname()}, last active \\d+ s ago`
  t.match(
    second.stderr(),
    new RegExp(`ERR_ZMQ_PUB_FILE: another collector is writing this log: ${holder}`)
  )
})

test('a collector that can not bind has changed neither journal nor logs, and keeps no lock', async t => {
  const piece = [20, '5f0c1d2e3b4a5968', 2]
  const write = { file: '2026-01-01.log', offset: 0, at: Date.now(), pieces: [piece] }
  const head = { collector: 'a1b2c3d4e5f60718', positions: {} }
  const files = {
    '2026-01-01.log': '{"torn":"wri',
    [journalName]: [head, write].map(line => `${JSON.stringify(line)}\n`).join('')
  }
  const folder = join(t.testdir({ second: files }), 'second')
  const { address } = await startCollector(t)
  const before = listContents(folder)
  const args = ['--bind', address, '--file', join(folder, '{date}.log')]
  const program = startProgram(t, 'collector.js', { args })
  t.match(await program.exited, { code: 1 })
  t.match(program.stderr(), 'ERR_ZMQ_PUB_ADDRESS')
  t.strictSame(listContents(folder), before)
})

test('a collector whose lock another has taken stops with a clear message, and writes nothing more', async t => {
  const folder = t.testdir()
  const collector = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const { logger } = await startLogger(t, { address: collector.address, closeTimeoutMs: 0 })
  logger.info({ line: 1 })
  await waitForLines(() => readFolder(folder), 1)
  const lock = join(folder, `${journalName}.lock`)
  writeFileSync(lock, elsewhere)
  const before = listContents(folder)
  t.match(await collector.exited, { code: 1 })
  t.match(collector.entries().at(-1), {
    level: 60,
    msg: `ERR_ZMQ_PUB_FILE: another collector has taken over this log because this one did not respond for too long: it holds ${lock}. This collector has stopped writing; stop one of them, or choose another path (--file, or the file of an output)`
  })
  t.strictSame(listContents(folder), before)
})

test('inside a program a lost lock is told, and nothing is written any more', async t => {
  const { collector, folder, address } = await startCollector(t)
  const { logger } = await startLogger(t, { address, closeTimeoutMs: 0 })
  logger.info({ line: 1 })
  await waitForLines(() => readFolder(folder), 1)
  writeFileSync(join(folder, `${journalName}.lock`), elsewhere)
  t.match(await collector.failure, { code: 'ERR_ZMQ_PUB_FILE' })
  logger.info({ line: 2 })
  t.equal(await collector.stop(), false)
  t.strictSame(numbersIn(folder), [1])
})

test('a folder that is deleted while the collector writes comes back with journal and lock: nothing stands twice', async t => {
  const folder = join(t.testdir(), 'logs')
  const args = ['--file', join(folder, '{date}.log')]
  const first = await startCollectorProgram(t, args)
  const { logger, stream } = await startLogger(t, { address: first.address })
  logger.info({ line: 0 })
  await new Promise(resolve => stream.flush(resolve))
  rmSync(folder, { recursive: true })
  let line = 0
  const log = (count: number): void => {
    for (const end = line + count; line < end;) logger.info({ line: ++line })
  }
  const files = ['', '.lock'].map(suffix => join(folder, journalName + suffix))
  await waitFor(() => {
    log(10)
    return files.every(path => existsSync(path))
  }, 'journal and lock')
  log(1000)
  await waitFor(() => numbersIn(folder).includes(line), 'the last line')
  await kill(first)
  const second = await startCollectorProgram(t, [...args, '--bind', first.address])
  log(1000)
  await waitFor(() => numbersIn(folder).includes(line), 'the last line')
  const numbers = numbersIn(folder)
  t.strictSame(numbers, [...new Set(numbers)], 'none twice')
  t.equal(await second.stop(), 0)
})

test('a start waits for no lock of a process that is known to be dead, whatever its host was called', async t => {
  const dead = { ...identifySelf(), pid: 2 ** 30, host: 'before' }
  const folder = t.testdir({ [`${journalName}.lock`]: JSON.stringify(dead) })
  mkdirSync(folder, { recursive: true })
  const collector = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  t.notOk(collector.entries().some(({ msg }) => String(msg).startsWith('waiting')))
})
