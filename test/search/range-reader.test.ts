import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { RangeReader } from '../../lib/search/range-reader.ts'
import { createRandom } from '../helpers/seeded-random.ts'

test('each entry is in exactly one range of a file, whatever the ranges are', async t => {
  const random = createRandom(7)
  const path = join(t.testdir({}), 'log')
  for (let round = 0; round < 40; round++) {
    const lines = Array.from({ length: random(60) }, () => {
      const start = random(3) === 0 ? '    ' : random(5) === 0 ? '   ' : 'x'
      return `${start}${'y'.repeat(random(4) === 0 ? random(80_000) : random(9))}\n`
    })
    const text = lines.join('').slice(0, random(4) === 0 ? -2 : undefined)
    writeFileSync(path, text)
    const fd = openSync(path, 'r')
    const length = 1 + random(random(2) === 0 ? 10_000 : 90_000)
    const reader = new RangeReader()
    let read = ''
    for (let offset = 0; offset < text.length; offset += length) {
      const range = reader.read(fd, offset, Math.min(length, text.length - offset), text.length)
      if (offset > 0 && read !== '' && /^ {4}/.test(range.toString())) t.fail(range.toString())
      read += range.toString()
    }
    t.ok(read === text, `${lines.length} lines in ranges of ${length} bytes`)
    closeSync(fd)
  }
})
