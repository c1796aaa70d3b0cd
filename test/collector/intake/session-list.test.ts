import { test } from 'tap'
import { SessionList } from '../../../lib/collector/intake/session-list.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'

function toSession(id: string, known: Partial<Hello> = {}) {
  return { id, hello: { ...createHello(), ...known } }
}

test('the session whose hello is oldest comes first', async t => {
  const list = new SessionList()
  for (const id of ['a', 'b', 'c', 'a']) list.add(toSession(id))
  t.strictSame(
    [...list].map(({ id }) => id),
    ['b', 'c', 'a']
  )
  t.equal(list.size, 3)
  t.equal(list.get('b')?.id, 'b')
  t.equal(list.get('x'), undefined)
})

test('its size is that of the sessions in it, with their latest hellos', async t => {
  const list = new SessionList()
  list.add(toSession('a'))
  const small = list.bytes
  t.ok(small > 500)
  const dropped = Array.from({ length: 1000 }, (_, index) => ({
    from: index + 1,
    to: index + 1,
    why: ''
  }))
  list.add(toSession('a', { dropped }))
  t.ok(list.bytes > 100_000)
  list.add(toSession('a'))
  t.equal(list.bytes, small)
  t.equal(list.delete('a'), true)
  t.equal(list.delete('a'), false)
  t.strictSame([list.bytes, list.size], [0, 0])
})
