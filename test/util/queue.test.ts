import { test } from 'tap'
import { Queue } from '../../lib/util/queue.ts'
import { createRandom } from '../helpers/seeded-random.ts'

test('an empty list has nothing to give', async t => {
  const deque = new Queue<number>()
  t.equal(deque.length, 0)
  t.equal(deque.first, undefined)
  t.equal(deque.shift(), undefined)
  t.equal(deque.length, 0)
  t.same([...deque], [])
})

test('what comes first goes first', async t => {
  const deque = new Queue<string>()
  for (const item of ['a', 'b', 'c']) deque.push(item)
  t.equal(deque.first, 'a')
  t.equal(deque.shift(), 'a')
  t.same([...deque], ['b', 'c'])
  t.equal(deque.length, 2)
})

test('undefined is an item as any other', async t => {
  const deque = new Queue<number | undefined>()
  deque.push(undefined)
  deque.push(1)
  t.equal(deque.length, 2)
  t.equal(deque.shift(), undefined)
  t.equal(deque.shift(), 1)
  t.equal(deque.length, 0)
})

test('it does what an array does, also with thousands of items', async t => {
  const random = createRandom(4)
  const deque = new Queue<number>()
  const array: number[] = []
  let longest = 0
  for (let step = 0; step < 20_000; step++) {
    // it grows in the first half and shrinks in the second
    if (random(10) < (step < 10_000 ? 7 : 3)) {
      deque.push(step)
      array.push(step)
    } else if (deque.shift() !== array.shift()) {
      t.fail(`another item came at step ${step}`)
    }
    if (deque.length !== array.length || deque.first !== array[0]) t.fail(`differs at ${step}`)
    longest = Math.max(longest, deque.length)
    if (step % 1000 === 0) t.same([...deque], array)
  }
  t.ok(longest > 2048, 'items were moved to the front several times')
})
