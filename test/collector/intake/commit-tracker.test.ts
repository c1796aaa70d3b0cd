import { test } from 'tap'
import { Filing } from '../../../lib/collector/intake/commit-tracker.ts'

test('a batch is filed when all of its parts are done', async t => {
  const filed: string[] = []
  const ticket = new Filing().begin('a', () => filed.push('1'))
  ticket.add()
  ticket.add()
  ticket.done()
  ticket.done()
  t.strictSame(filed, [])
  ticket.done()
  t.strictSame(filed, ['1'])
})

test("a sender's batches are filed in their order, and no sender waits for another", async t => {
  const filed: string[] = []
  const filing = new Filing()
  const [a1, a2, b1, a3] = ['a1', 'a2', 'b1', 'a3'].map(name =>
    filing.begin(name[0] ?? '', () => filed.push(name))
  )
  a3?.done()
  a2?.done()
  t.strictSame(filed, [])
  b1?.done()
  t.strictSame(filed, ['b1'])
  a1?.done()
  t.strictSame(filed, ['b1', 'a1', 'a2', 'a3'])
  filing.begin('a', () => filed.push('a4')).done()
  t.equal(filed.at(-1), 'a4')
})
