import { test } from 'tap'
import { orders, sortRows, toTable, type Order } from '../../lib/top/table.ts'
import { widthOf } from '../../lib/top/text.ts'
import type { Row } from '../../lib/top/view.ts'

function makeRow(given: Partial<Row> = {}): Row {
  return {
    name: 'shop',
    host: 'web-1',
    pid: 17,
    status: 'connected',
    lines: 1,
    bytes: 1,
    lagMs: 1,
    lost: 0,
    seenMs: 0,
    ...given
  }
}

const sorted: [order: Order, rows: Partial<Row>[]][] = [
  ['lines', [{ lines: 5 }, { lines: 0 }, { lines: undefined }]],
  ['bytes', [{ bytes: 5 }, { bytes: 0 }, { bytes: undefined }]],
  ['lag', [{ lagMs: 5 }, { lagMs: 0 }, { lagMs: undefined }]],
  ['lost', [{ lost: 5 }, { lost: 0 }]],
  ['seen', [{ seenMs: 0 }, { seenMs: 5 }]],
  [
    'name',
    [{ name: 'a' }, { name: 'b' }, { name: 'b', host: 'web-2' }, { name: 'a', status: 'gone' }]
  ],
  ['lines', [{ name: 'z' }, { name: 'a', status: 'silent' }]]
]

for (const [order, given] of sorted) {
  test(`rows are sorted by ${order}: ${JSON.stringify(given)}`, async t => {
    const rows = given.map(makeRow)
    t.strictSame(sortRows(rows, order), rows)
    t.strictSame(sortRows(rows.toReversed(), order), rows)
  })
}

test('each order has a key of its own', async t => {
  const keys = Object.values(orders).map(({ key }) => key)
  t.equal(new Set(keys).size, keys.length)
  t.notOk((keys as string[]).includes('q'), 'which quits')
})

const titles: [width: number, titles: string][] = [
  [Number.POSITIVE_INFINITY, 'SENDER HOST PID LINES/S BYTES/S LAG LOST SEEN STATE'],
  [80, 'SENDER HOST PID LINES/S BYTES/S LAG LOST SEEN STATE'],
  [66, 'SENDER HOST LINES/S BYTES/S LAG LOST SEEN STATE'],
  [50, 'SENDER HOST LINES/S LAG LOST STATE'],
  [40, 'SENDER LINES/S LAG LOST STATE'],
  [25, 'SENDER LINES/S LOST'],
  [17, 'SENDER LINES/S'],
  [5, 'SENDER LINES/S']
]

for (const [width, expected] of titles) {
  test(`${width} columns have room for ${expected}`, async t => {
    const name = 'a-name-that-is-so-long-that-it-is-cut-in-most-windows'
    const { titles: text, lines } = toTable([makeRow({ name, host: name })], width)
    t.equal(text.trim().replaceAll(/ +/g, ' ').replace(/^\S*…/, 'SENDER'), expected)
    for (const line of [text, ...lines.map(row => row.text)]) {
      if (width > 10) t.ok(widthOf(line) <= width, `${widthOf(line)}: ${line}`)
    }
  })
}

test('names of senders never reach the terminal as they are', async t => {
  const name = '\u001b[2Jevil\r\n\u202e\u009b31m'
  const [line] = toTable([makeRow({ name, host: name })], 200).lines
  // oxlint-disable-next-line no-control-regex
  t.notMatch(line?.text, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  t.match(line?.text, String.raw`\u001b[2Jevil`)
})

test('what a sender has not told is shown as such', async t => {
  const [line] = toTable(
    [makeRow({ name: '', host: '', pid: undefined, lagMs: undefined })],
    200
  ).lines
  t.match(line?.text, /^\(no name\) +- +- +1 +1 B +- +0 +0 s +connected$/)
})
