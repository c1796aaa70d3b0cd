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
