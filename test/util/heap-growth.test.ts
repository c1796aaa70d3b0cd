import t from 'tap'
import { HeapGrowth } from '../../lib/util/heap-growth.ts'

const mib = 1024 * 1024

t.test('the heap may grow further while more than 8 MiB per second arrive', t => {
  const flags: string[] = []
  const growth = new HeapGrowth(flag => flags.push(flag))
  growth.note(1, 1, 0)
  growth.note(1 * mib, 4, 100)
  t.strictSame(flags, [], 'only after a whole interval')
  growth.note(1 * mib, 4, 200)
  t.strictSame(flags, ['--heap-growing-percent=1000'], '2 MiB in 200 ms')
  growth.note(2 * mib, 8, 400)
  t.equal(flags.length, 1, 'set once')
  growth.note(1 * mib, 4, 600)
  t.strictSame(flags.slice(1), ['--heap-growing-percent=0'], '1 MiB in 200 ms')
  growth.note(60 * mib, 240, 60_600)
  t.equal(flags.length, 2, 'the silence before counts, too')
  t.end()
})

t.test('but not where they arrive in small messages, whose objects are in the heap', t => {
  const flags: string[] = []
  const growth = new HeapGrowth(flag => flags.push(flag))
  growth.note(1, 1, 0)
  growth.note(100 * mib, 50 * 1024 + 1, 1000)
  t.strictSame(flags, [])
  growth.note(100 * mib, 50 * 1024, 2000)
  t.strictSame(flags, ['--heap-growing-percent=1000'], '2 KiB each')
  t.end()
})

t.test('V8 knows the flag, and 0 is its default', t => {
  const growth = new HeapGrowth()
  growth.note(1, 1, 0)
  growth.note(100 * mib, 1, 1000)
  growth.note(0, 0, 2000)
  t.pass('not refused')
  t.end()
})
