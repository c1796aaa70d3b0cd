import { test } from 'tap'
import { SpareMemory } from '../../../lib/collector/format/spare-memory.ts'

test('memory has room for records and their text, and is used again', async t => {
  const spares = new SpareMemory()
  const memory = spares.take(1000)
  t.ok(memory.byteLength >= 2000)
  const [part, release] = spares.lend(memory, 10, 20)
  t.equal(part.length, 10)
  t.equal(part.buffer, memory, 'it is lent, not copied')
  t.not(spares.take(1000), memory, 'not while it is lent')
  release()
  t.equal(spares.take(1000), memory)
})

test('spare memory that is too small or much too large is not used', async t => {
  const spares = new SpareMemory()
  const memory = spares.take(1000)
  spares.lend(memory, 0, 1)[1]()
  t.not(spares.take(1_000_000), memory)
  const large = spares.take(1_000_000)
  spares.lend(large, 0, 1)[1]()
  t.not(spares.take(1000), large)
})

test('where much is lent, a log gets a copy, and the memory is free at once', async t => {
  const spares = new SpareMemory()
  for (let count = 0; count < 32; count++) spares.lend(spares.take(10), 0, 5)
  const memory = spares.take(10)
  Buffer.from(memory).write('hello')
  const [part] = spares.lend(memory, 0, 5)
  t.not(part.buffer, memory)
  t.equal(part.toString(), 'hello')
  t.equal(spares.take(10), memory)
})
