import { test } from 'tap'
import { BatchQueue } from '../../../lib/transport/sender/batch-queue.ts'
import { toBatch } from '../../helpers/batch.ts'

test('a queue counts the bytes and records of its batches', async t => {
  const queue = new BatchQueue()
  t.match(queue, { length: 0, bytes: 0, records: 0, first: undefined })
  t.equal(queue.shift(), undefined)
  const [one, two] = [toBatch(1, 1, '{}\n'), toBatch(2, 2, '{}\n{}\n')]
  queue.push(one)
  queue.push(two)
  t.match(queue, { length: 2, bytes: 9, records: 3, first: one })
  t.equal(queue.shift(), one)
  t.match(queue, { length: 1, bytes: 6, records: 2, first: two })
})

test('another queue is moved to the end, and is empty then', async t => {
  const [queue, other] = [new BatchQueue(), new BatchQueue()]
  queue.push(toBatch(3, 1, '{}\n'))
  other.push(toBatch(1, 1, '{}\n'))
  other.push(toBatch(2, 1, '{}\n'))
  queue.append(other)
  t.match(other, { length: 0, bytes: 0, records: 0 })
  t.match(queue, { length: 3, bytes: 9, records: 3 })
  t.strictSame(
    [queue.shift(), queue.shift(), queue.shift()].map(batch => batch?.first),
    [3, 1, 2]
  )
})
