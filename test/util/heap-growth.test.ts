import t from 'tap'
import { HeapGrowth } from '../../lib/util/heap-growth.ts'

const mib = 1024 * 1024

t.test('the heap may grow further while more than 32 MiB per second arrive', t => {
  const flags: string[] = []
  const growth = new HeapGrowth(flag => flags.push(flag))
  growth.note(1, 0)
  growth.note(6 * mib, 100)
  t.strictSame(flags, [], 'only after a whole interval')
  growth.note(6 * mib, 200)
  t.strictSame(flags, ['--heap-growing-percent=1000'], '12 MiB in 200 ms')
  growth.note(8 * mib, 400)
  t.equal(flags.length, 1, 'set once')
  growth.note(6 * mib, 600)
  t.strictSame(flags.slice(1), ['--heap-growing-percent=0'], '6 MiB in 200 ms')
  growth.note(60 * mib, 60_600)
  t.equal(flags.length, 2, 'the silence before counts, too')
  t.end()
})

t.test('V8 knows the flag, and 0 is its default', t => {
  const growth = new HeapGrowth()
  growth.note(1, 0)
  growth.note(100 * mib, 1000)
  growth.note(0, 2000)
  t.pass('not refused')
  t.end()
})
