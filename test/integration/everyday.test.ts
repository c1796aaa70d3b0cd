/** The benchmark of everyday rates: whether it measures, not what. */
import { test } from 'tap'
import { missingRsyslog } from '../../benchmarks/rivals/rsyslog.ts'
import { startProgram } from '../helpers/program.ts'

const env = { WARM: '0.1', SECONDS: '0.2', ROUNDS: '1' }
const skip = process.platform !== 'linux' && 'CPU time of threads is read from /proc'

const cases = [
  {
    title: 'apps, the share of pino/file in what they cost above a worker that does nothing',
    env: { POINTS: '1000x10', RIVALS: 'noop,file,ours' },
    rows: /\| 1,000 × 10 \| zmq-pub \| [\d.]+ .*\d \(≤ 2: (yes|no)\) \| [\d.]+ /
  },
  {
    title: 'fixed batches, which the collector acknowledges',
    env: { POINTS: '20000by5', RIVALS: 'ours' },
    rows: /\| 20,000 by 5 \| zmq-pub collector \| [\d.]+ .*\|  \| \d+ \|/
  },
  {
    title: 'fixed batches, which rsyslog takes',
    env: { POINTS: '20000by5', RIVALS: 'rsyslog' },
    rows: /\| 20,000 by 5 \| rsyslog imtcp \| [\d.]+ .*\| 1.00 \| \d+ \|/,
    skip: skip || missingRsyslog('imtcp')
  }
]

for (const { title, rows, ...options } of cases) {
  test(`everyday rates: ${title}`, { skip, ...('skip' in options && options) }, async t => {
    const benchmark = startProgram(t, 'benchmarks/everyday.js', { env: { ...env, ...options.env } })
    t.match(await benchmark.exited, { code: 0 }, benchmark.stderr())
    t.notMatch(benchmark.stderr(), /void/, 'every line has arrived')
    t.match(benchmark.stdout(), rows)
  })
}
