import { test } from 'tap'
import { ProgressLine } from '../../lib/cli/search-progress.ts'

const clearLine = '\r\u001B[K'

/** A line, its clock, and what it has written. */
function makeLine() {
  const clock = { ms: 1000 }
  const written: string[] = []
  const line = new ProgressLine(
    text => void written.push(text),
    () => clock.ms
  )
  return { clock, line, written }
}

const half = { doneBytes: 50, totalBytes: 100, hits: 3 }

test('a search that ends soon shows nothing, and has nothing to clear', async t => {
  const { clock, line, written } = makeLine()
  line.show(half)
  clock.ms += 399
  line.show(half)
  line.clear()
  t.strictSame(written, [])
})

test('a longer search says how far it is, ten times a second at most', async t => {
  const { clock, line, written } = makeLine()
  clock.ms += 400
  line.show(half)
  clock.ms += 99
  line.show(half)
  t.strictSame(written, [`${clearLine}[##########..........] 50 % of 100 bytes, 3 found`])
  clock.ms += 1
  line.show({ ...half, hits: 4 })
  t.match(written[1], /4 found$/)
})

test('the line is cleared once, and shown again when there is more to say', async t => {
  const { clock, line, written } = makeLine()
  clock.ms += 400
  line.show(half)
  line.clear()
  line.clear()
  t.strictSame(written.slice(1), [clearLine])
  clock.ms += 100
  line.show(half)
  line.clear()
  t.equal(written.length, 4)
})

const states: [doneBytes: number, totalBytes: number, text: string][] = [
  [0, 0, '[....................] 0 % of 0 bytes'],
  [0, 999, '[....................] 0 % of 999 bytes'],
  [999, 1000, '[###################.] 99 % of 1.0 KB'],
  [0, 9949, '[....................] 0 % of 9.9 KB'],
  [0, 9999, '[....................] 0 % of 10 KB'],
  [0, 999_499, '[....................] 0 % of 999 KB'],
  [0, 999_999, '[....................] 0 % of 1.0 MB'],
  [0, 999_999_999, '[....................] 0 % of 1.0 GB'],
  [12_000, 12_000, '[####################] 100 % of 12 KB'],
  [3e6, 2e6, '[####################] 100 % of 2.0 MB'], // a file has grown meanwhile
  [1, 4.2e12, '[....................] 0 % of 4.2 TB'],
  [1, 4.2e15, '[....................] 0 % of 4200 TB']
]

for (const [doneBytes, totalBytes, text] of states) {
  test(`${doneBytes} of ${totalBytes} bytes are shown as ${text}`, async t => {
    const { clock, line, written } = makeLine()
    clock.ms += 400
    line.show({ doneBytes, totalBytes, hits: 0 })
    t.strictSame(written, [`${clearLine}${text}, 0 found`])
  })
}
