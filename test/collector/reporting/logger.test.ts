import { test } from 'tap'
import { startProgram } from '../../helpers/program.ts'

/** Each form of the log needs a stderr of its own, so a program writes it. */
const cases: [what: string, isTerminal: boolean, line: RegExp][] = [
  [
    'NDJSON',
    false,
    /^\{"level":30,"time":\d+,"pid":\d+,"hostname":".+","name":"zmq-pub-collector","path":"a\.log","msg":"writing"\}\n$/
  ],
  ['readable lines where stderr is a terminal', true, /^\[\d\d:\d\d:\d\d\] .*INFO.*: .*writing/]
]

for (const [what, isTerminal, line] of cases) {
  test(`the collector's own log is ${what}`, async t => {
    const env = { IS_TERMINAL: String(isTerminal) }
    const { exited, stderr } = startProgram(t, 'test/fixtures/collector-logger.js', { env })
    t.equal((await exited).code, 0)
    t.match(stderr(), line)
    t.equal(stderr().includes('hostname'), !isTerminal)
  })
}
