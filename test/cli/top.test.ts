import { createServer } from 'node:net'
import timers from 'node:timers/promises'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'
import { test, type Test } from 'tap'
import { run } from '../../lib/cli/top.ts'
import { toJournalPath } from '../../lib/collector/journal/journal-path.ts'
import { captureOutput } from '../helpers/fake-terminal.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { sample } from '../helpers/top-sample.ts'

const skip = process.platform === 'win32' && 'no files of sockets'

/** Pauses of no length. @returns the given lengths. Unit: ms */
function skipPauses(t: Test): number[] {
  const pauses: number[] = []
  const real = timers.setTimeout
  const set = (value: unknown): void => {
    Object.assign(timers, { setTimeout: value })
    syncBuiltinESMExports()
  }
  set((ms: number) => Promise.resolve(void pauses.push(ms)))
  t.teardown(() => set(real))
  return pauses
}

/** Something that answers as a collector does. @returns the log that it seems to write */
async function listen(t: Test): Promise<string> {
  const file = join(dirname(makeSocketPath(t)), 'all.log')
  const answers = [sample.earlier, sample.later]
  const server = createServer(client => client.end(JSON.stringify(answers.shift())))
  await new Promise<void>(resolve => void server.listen(`${toJournalPath(file)}.sock`, resolve))
  t.teardown(() => server.close())
  return file
}

test(
  'into a pipe goes one table, with the lines of each second between two looks',
  { skip },
  async t => {
    const pauses = skipPauses(t)
    const file = await listen(t)
    const args = ['--file', file, '--rotate', 'never', '--interval', '3']
    const { result, stdout, stderr } = await captureOutput(() => run(args, {}))
    t.equal(result, 0)
    t.strictSame(pauses, [3000])
    t.match(stdout, /^zmq-pub-collector 1\.2\.3, pid 812 on logs/)
    t.match(stdout, /^[\d,.k]+ lines\/s, /m)
    t.match(stdout, /^shop +web-1 /m)
    t.notMatch(stdout, '\u001b', 'no colors, no screen')
    t.notMatch(stdout, 'q quit')
    t.equal(stderr, '')
  }
)

test('--json writes everything as one line of JSON', { skip }, async t => {
  skipPauses(t)
  const file = await listen(t)
  const args = ['--file', file, '--rotate', 'never', '--json']
  const { result, stdout } = await captureOutput(() => run(args, {}))
  t.equal(result, 0)
  t.match(stdout, /^[^\n]+\n$/)
  const { senders, linesPerSecond } = JSON.parse(stdout)
  t.equal(senders.length, sample.later.senders.length)
  t.equal(linesPerSecond > 0, true)
})

test('where no collector runs the error says so, and nothing is written', { skip }, async t => {
  const file = join(dirname(makeSocketPath(t)), 'all.log')
  const { result, stdout, stderr } = await captureOutput(() =>
    run(['--file', file, '--rotate', 'never'], {}).catch((error: unknown) => error)
  )
  t.match(result, { code: 'ERR_ZMQ_PUB_ADDRESS', message: /no collector is writing this log/ })
  t.equal(stdout + stderr, '')
})

test('--help names each flag, key and exit code, and asks no collector', async t => {
  const { result, stdout } = await captureOutput(() => run(['--help'], {}))
  t.equal(result, 0)
  for (const text of ['--once', '--json', '--interval SECONDS', '--config', 'q or Ctrl-C quits']) {
    t.ok(stdout.includes(text), text)
  }
  t.match(stdout, /^Exit codes: 0 done, 1 no collector answers, 2 wrong usage\.$/m)
})

test('wrong usage is an error before a collector is asked', async t => {
  await t.rejects(run(['--interval', '0'], {}), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /--interval must be a whole number of seconds from 1 to 60, got '0'/
  })
})
