import fs from 'node:fs'
import { test } from 'tap'
import { BestEffortOutput, toStream, type TextStream } from '../../lib/util/best-effort-output.ts'
import { weakenWrites } from '../helpers/file-system.ts'

/** A stream of which nothing is read until `read`. */
function makeStream() {
  const listeners: Record<string, () => void> = {}
  const lines: string[] = []
  let onRead: (() => void)[] = []
  const stream: TextStream & { writableLength: number } = {
    writableLength: 0,
    write(text, onWritten) {
      if (text !== '') lines.push(text)
      stream.writableLength += text.length
      if (onWritten) onRead.push(onWritten)
      return false
    },
    on: (event, listener) => void (listeners[event] = listener)
  }
  const read = (): void => {
    stream.writableLength = 0
    for (const done of onRead) done()
    onRead = []
    listeners['drain']?.()
  }
  return { stream, lines, read, listeners }
}

/** An output, and what it has reported as dropped. */
function makeOutput(fd: number, stream?: TextStream) {
  const output = new BestEffortOutput(fd, stream)
  const dropped: number[] = []
  output.onRestored = lines => dropped.push(lines)
  return { output, dropped }
}

test('what a pipe holds up is bounded; what exceeds it is dropped, counted, and reported when it is read', async t => {
  const { stream, lines, read } = makeStream()
  const { output, dropped } = makeOutput(2, stream)
  const half = `${'x'.repeat(600 * 1024)}\n`
  for (const line of [half, half, half, 'short\n']) output.write(line)
  t.strictSame(lines, [half, 'short\n'])
  t.strictSame(dropped, [])
  read()
  t.strictSame(dropped, [2])
  read()
  t.strictSame(dropped, [2], 'once')
})

test('an end waits for a pipe that is read, and not for long for one that is not', async t => {
  const { stream, read } = makeStream()
  const { output } = makeOutput(2, stream)
  await output.flush(60_000)
  output.write('one\n')
  await output.flush(1)
  setImmediate(read)
  await output.flush(60_000)
  t.equal(stream.writableLength, 0)
})

test('a pipe that is closed ends nothing', async t => {
  const { stream, listeners, lines } = makeStream()
  const { output } = makeOutput(2, stream)
  t.type(listeners['error'], 'function', 'an error without a listener would end the process')
  t.doesNotThrow(() => listeners['error']?.())
  t.doesNotThrow(() => output.write('one\n'))
  t.strictSame(lines, ['one\n'])
})

for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG', 'EAGAIN']) {
  test(`a file that takes only a part, ${code}, gets whole lines later, and how many are missing`, async t => {
    const path = `${t.testdir()}/own.log`
    const fd = fs.openSync(path, 'a')
    t.teardown(() => fs.closeSync(fd))
    const { output, dropped } = makeOutput(fd)
    weakenWrites(t, [4, 3, code, code])
    for (const line of ['one\n', 'two two\n', 'three\n', 'four\n', 'five\n']) output.write(line)
    t.equal(fs.readFileSync(path, 'utf8'), 'one\ntwo\nfour\nfive\n')
    t.strictSame(dropped, [2])
    await output.flush(60_000)
  })
}

test('a file descriptor that is closed ends nothing', async t => {
  const fd = fs.openSync(`${t.testdir()}/own.log`, 'a')
  fs.closeSync(fd)
  makeOutput(fd).output.write('one\n')
  t.equal(toStream(fd as 2, process.stderr), undefined)
})
