import { test } from 'tap'
import { toLongMs } from '../../../lib/transport/sender/waiting.ts'

for (const [batchMs, longMs] of [
  [0, 0],
  [5, 20],
  [25, 100],
  [50, 100],
  [100, 100],
  [60_000, 60_000]
] as const) {
  test(`with a batchMs of ${batchMs} ms the longer wait is ${longMs} ms`, async t => {
    t.equal(toLongMs(batchMs), longMs)
  })
}
