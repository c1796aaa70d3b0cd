import { test } from 'tap'
import { Tee } from '../../lib/cli/tee.ts'

type Done = (error?: Error) => void

/** A Tee over an output whose writes end when the test says so, and what the Tee has told. */
function makeTee(stallMs: number) {
  const writes: { text: string; done: Done }[] = []
  const told: string[] = []
  const output = {
    write: (lines: Buffer, done: Done) => void writes.push({ text: String(lines), done }),
    on: () => undefined
  }
  const tee = new Tee(output, stallMs, {
    onTrouble: why => told.push(why),
    onMissed: lines => told.push(`missed ${lines}`)
  })
  const write = (text: string): Promise<void> => tee.write(Buffer.from(text))
  return { tee, write, writes, told }
}

test('whole lines are copied, and at the end what is left', async t => {
  const { tee, write, writes, told } = makeTee(10_000)
  const texts = async (acts: Promise<void>[]): Promise<string[]> => {
    for (const { done } of writes) done()
    await Promise.all(acts)
    return writes.map(({ text }) => text)
  }
  await write('be')
  t.strictSame(await texts([write('gun\nope')]), ['begun\n'])
  await write('n')
  writes.length = 0
  t.strictSame(await texts([tee.end()]), ['open'])
  t.strictSame(told, [])
})

test('a slow output is waited for', async t => {
  const { write, writes } = makeTee(10_000)
  const written = write('a\n')
  let isWritten = false
  void written.then(() => (isWritten = true))
  await new Promise(resolve => setImmediate(resolve))
  t.notOk(isWritten)
  writes[0]?.done()
  await written
})

test('an output that takes nothing is passed over, and what it missed is counted', async t => {
  const { tee, write, writes, told } = makeTee(10)
  await write('a\n')
  t.strictSame(told, ['nothing was read for 10 ms; lines are skipped'])
  await write('b\nc\nd')
  writes[0]?.done()
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(told.slice(1), ['missed 2'])
  const written = write('\n')
  t.equal(writes[1]?.text, 'd\n')
  writes[1]?.done()
  await written
  await tee.end()
  t.equal(told.length, 2)
})

test('an output that fails is told once, and what it missed at the end', async t => {
  const { tee, write, writes, told } = makeTee(10_000)
  for (const index of [0, 1]) {
    const written = write('a\n')
    writes[index]?.done(new Error('EPIPE'))
    await written
  }
  await tee.end()
  t.strictSame(told, ['EPIPE; lines are skipped', 'missed 2'])
})

test('what an output has not taken at the end counts as missed', async t => {
  const { tee, write, told } = makeTee(10)
  await write('a\nb\n')
  await tee.end()
  t.strictSame(told.slice(1), ['missed 2'])
})

test('a stop ends the waiting', async t => {
  const { tee, write, told } = makeTee(100_000)
  const written = write('a\n')
  tee.stop()
  await written
  await tee.end()
  t.strictSame(told, ['missed 1'])
})
