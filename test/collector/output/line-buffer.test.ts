import { test } from 'tap'
import { LineBuffer } from '../../../lib/collector/output/line-buffer.ts'
import type { Destination } from '../../../lib/collector/routing/router.ts'

function toDestination(file: string): Destination {
  return { file, id: file.toLowerCase(), link: '', period: undefined }
}

test('lines are passed on by log, in order, and once', async t => {
  const flushed: [file: string, text: string, lines: number][] = []
  const buffer = new LineBuffer(({ file }, bytes, lines) =>
    flushed.push([file, bytes.toString(), lines])
  )
  buffer.flush()
  for (const [file, line] of [
    ['a', 'größe\n'],
    ['b', '2\n'],
    ['A', '3\n']
  ] as const) {
    buffer.add(toDestination(file), line)
  }
  t.strictSame(flushed, [])
  buffer.flush()
  buffer.flush()
  t.strictSame(flushed, [
    ['a', 'größe\n3\n', 2],
    ['b', '2\n', 1]
  ])
})

test('more than a mebi of characters are passed on at once', async t => {
  const flushed: number[] = []
  const buffer = new LineBuffer((_, bytes) => flushed.push(bytes.length))
  const half = 'x'.repeat(2 ** 19)
  for (const file of ['a', 'b']) buffer.add(toDestination(file), half)
  t.strictSame(flushed, [])
  buffer.add(toDestination('a'), half)
  t.strictSame(flushed, [2 ** 20, 2 ** 19])
  buffer.add(toDestination('a'), half)
  t.equal(flushed.length, 2, 'the count begins anew')
})
