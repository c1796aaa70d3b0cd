import { test } from 'tap'
import { FairQueue } from '../../../lib/collector/live/fair-queue.ts'

interface Item {
  name: string
  bytes: number
}

function drain(queue: FairQueue<Item>): string[] {
  const names: string[] = []
  for (let item = queue.first; item; item = queue.first) {
    names.push(item.name)
    queue.endTurn(true)
  }
  return names
}

test('each group has its turn, in its own order', async t => {
  const queue = new FairQueue<Item>(100)
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'])
    t.strictSame(queue.push(name.slice(0, 1), { name, bytes: 1 }), [])
  t.strictSame(drain(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  t.ok(queue.isEmpty)
  queue.endTurn(true)
  t.ok(queue.isEmpty)
})

test('what is not done stays the first of its group', async t => {
  const queue = new FairQueue<Item>(100)
  for (const name of ['a1', 'a2', 'b1']) queue.push(name.slice(0, 1), { name, bytes: 1 })
  queue.endTurn(false)
  t.strictSame(drain(queue), ['b1', 'a1', 'a2'])
})

test('of too much the oldest of the largest group is given up, whoever pushes', async t => {
  const queue = new FairQueue<Item>(10)
  for (let index = 1; index <= 9; index++) queue.push('flood', { name: `f${index}`, bytes: 1 })
  queue.push('quiet', { name: 'q1', bytes: 1 })
  t.strictSame(queue.push('quiet', { name: 'q2', bytes: 1 }), [{ name: 'f1', bytes: 1 }])
  t.strictSame(
    queue.push('flood', { name: 'f10', bytes: 2 }).map(({ name }) => name),
    ['f2', 'f3']
  )
  t.strictSame(drain(queue).slice(0, 4), ['f4', 'q1', 'f5', 'q2'])
})

test('what is larger than everything may be waits where it is alone', async t => {
  const queue = new FairQueue<Item>(10)
  t.strictSame(queue.push('a', { name: 'a1', bytes: 11 }), [])
  t.strictSame(queue.push('b', { name: 'b1', bytes: 1 }), [{ name: 'a1', bytes: 11 }])
  t.strictSame(drain(queue), ['b1'])
})

test('clear gives all that waits', async t => {
  const queue = new FairQueue<Item>(10)
  for (const name of ['a1', 'b1', 'a2']) queue.push(name.slice(0, 1), { name, bytes: 1 })
  t.strictSame(
    queue.clear().map(({ name }) => name),
    ['a1', 'a2', 'b1']
  )
  t.ok(queue.isEmpty)
  t.strictSame(queue.push('a', { name: 'a3', bytes: 10 }), [])
})
