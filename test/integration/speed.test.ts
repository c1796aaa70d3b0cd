/**
 * Fails when a line becomes much more expensive. CPU time is compared with that of a worker that does
 * nothing, in the same run, so that the machine's speed and load have little influence.
 */
import { test } from 'tap'
import { startProgram } from '../helpers/program.ts'

const skip = process.platform !== 'linux' && 'CPU time of threads is read from /proc'

test('a line costs the app little more than a worker that does nothing', { skip }, async t => {
  const env = { RIVALS: 'basic', LINES: '300000', ROUNDS: '3' }
  const benchmark = startProgram(t, 'benchmarks/end-to-end.js', { env })
  t.match(await benchmark.exited, { code: 0 }, benchmark.stderr())
  t.notMatch(benchmark.stderr(), /void/, 'every line has arrived')
  const costs = readTable(benchmark.stdout())
  const floor = costs('no-op worker')
  const ours = costs('zmq-pub')
  t.comment(benchmark.stdout())
  t.ok(ours('main thread µs/line') < 1.5 * floor('main thread µs/line'), 'main thread')
  t.ok(ours('app CPU µs/line') < 2 * floor('app CPU µs/line'), 'all threads of the app')
  t.ok(ours('receiver CPU µs/line') < 0.5 * floor('app CPU µs/line'), 'collector')
})

/** The first number in a cell of a Markdown table, by the names of row and column. */
function readTable(page: string): (row: string) => (column: string) => number {
  const [head = [], , ...rows] = page
    .split('\n')
    .filter(line => line.startsWith('|'))
    .map(line => line.split('|').map(cell => cell.trim()))
  return row => column =>
    Number.parseFloat(rows.find(([, name]) => name === row)?.[head.indexOf(column)] ?? '')
}
