import { Writable } from 'node:stream'
import { test } from 'tap'
import { StdoutWriter } from '../../lib/cli/stdout-writer.ts'

/** A stdout whose writes end when, and as, the test says. */
function makeStdout() {
  const pending: { text: string; done: (error?: Error) => void }[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      pending.push({ text: String(chunk), done })
    }
  })
  const writer = new StdoutWriter(stream as unknown as NodeJS.WriteStream)
  return { pending, stream, writer }
}

function fail(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code })
}

const bytes = Buffer.from('a\n')

test('a write resolves when the bytes are taken, not before', async t => {
  const { pending, writer } = makeStdout()
  let isWritten = false
  const writing = writer.write(bytes).then(isOpen => {
    isWritten = true
    return isOpen
  })
  await new Promise(setImmediate)
  t.notOk(isWritten)
  t.equal(pending[0]?.text, 'a\n')
  pending[0]?.done()
  t.equal(await writing, true)
  t.equal(writer.failure, undefined)
})

test('a reader that has ended, as head does, ends the writing, and that is no failure', async t => {
  const { pending, writer } = makeStdout()
  const writing = writer.write(bytes)
  pending[0]?.done(fail('EPIPE'))
  t.equal(await writing, false)
  t.equal(await writer.write(bytes), false)
  t.equal(pending.length, 1, 'nothing is written any more')
  t.equal(writer.failure, undefined)
})

test('a full disk is a failure, which is kept', async t => {
  const { pending, writer } = makeStdout()
  const writing = writer.write(bytes)
  pending[0]?.done(fail('ENOSPC'))
  t.equal(await writing, false)
  t.match(writer.failure, { code: 'ENOSPC' })
  t.equal(await writer.write(bytes), false)
})

test('an error between two writes is noticed by the next one', async t => {
  const { stream, writer } = makeStdout()
  stream.emit('error', fail('EIO'))
  t.equal(await writer.write(bytes), false)
  t.match(writer.failure, { code: 'EIO' })
})
