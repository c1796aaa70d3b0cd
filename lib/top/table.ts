import { escapeName } from '../collector/reporting/escaped-name.ts'
import { fit, showBytes, showCount, showDuration, showSince, widthOf } from './text.ts'
import type { Row } from './view.ts'

/** What a table can be sorted by, with the key that asks for it. */
export const orders = {
  lines: { key: 'l', compare: descending(({ lines }) => lines) },
  bytes: { key: 'b', compare: descending(({ bytes }) => bytes) },
  lag: { key: 'g', compare: descending(({ lagMs }) => lagMs) },
  lost: { key: 'x', compare: descending(({ lost }) => lost) },
  seen: { key: 's', compare: descending(({ seenMs }) => -seenMs) },
  name: { key: 'n', compare: () => 0 }
} as const

/** Name of an order. */
export type Order = keyof typeof orders

/** Between two columns. */
const gap = '  '
/** What the names of senders and hosts keep where there is little room. Unit: columns */
const minNameWidth = 8

interface Column {
  title: string
  side: 'left' | 'right'
  /** those with the highest number are left out first where there is no room; 0 = never */
  dropRank: number
  /** whether it may be cut */
  isName: boolean
  show: (row: Row) => string
}

const columns: readonly Column[] = [
  textColumn('SENDER', 0, ({ name }) => (name === '' ? '(no name)' : escapeName(name))),
  textColumn('HOST', 4, ({ host }) => escapeName(host) || '-'),
  numberColumn('PID', 7, ({ pid }) => (pid ? String(pid) : '-')),
  numberColumn('LINES/S', 0, ({ lines }) => showKnown(lines, showCount)),
  numberColumn('BYTES/S', 6, ({ bytes }) => showKnown(bytes, showBytes)),
  numberColumn('LAG', 3, ({ lagMs }) => showKnown(lagMs, showDuration)),
  numberColumn('LOST', 1, ({ lost }) => showCount(lost)),
  numberColumn('SEEN', 5, ({ seenMs }) => showSince(seenMs)),
  { ...textColumn('STATE', 2, ({ status }) => status), isName: false }
]

/** The rows of a table as lines of text, the titles first. */
export interface Table {
  titles: string
  lines: { text: string; row: Row }[]
}

/** Sorts rows; those that are equal are sorted by name. */
export function sortRows(rows: readonly Row[], order: Order): Row[] {
  const { compare } = orders[order]
  return rows.toSorted((a, b) => compare(a, b) || compareNames(a, b))
}

/**
 * Makes a table as wide as its content, or narrower: then names are cut, and columns left out.
 * @param width of the window. Unit: columns
 */
export function toTable(rows: readonly Row[], width: number): Table {
  const all = columns.map(column => {
    const cells = rows.map(row => column.show(row))
    const needed = Math.max(widthOf(column.title), ...cells.map(widthOf))
    return { ...column, cells, width: needed }
  })
  const minWidth = (column: (typeof all)[number]): number =>
    column.isName ? Math.min(column.width, minNameWidth) : column.width
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b + gap.length, 0)
  const shown = [...all]
  while (sum(shown.map(minWidth)) - gap.length > width) {
    const last = shown.toSorted((a, b) => b.dropRank - a.dropRank)[0]
    if (!last || last.dropRank === 0) break
    shown.splice(shown.indexOf(last), 1)
  }
  // What is too much is taken from the widest name, column by column.
  for (let over = sum(shown.map(column => column.width)) - gap.length - width; over > 0; over--) {
    const [widest] = shown.filter(({ isName }) => isName).toSorted((a, b) => b.width - a.width)
    if (!widest || widest.width <= 1) break
    widest.width--
  }
  const join = (cellOf: (column: (typeof all)[number]) => string): string =>
    shown.map(column => fit(cellOf(column), column.width, column.side)).join(gap)
  return {
    titles: join(({ title }) => title),
    lines: rows.map((row, index) => ({ text: join(({ cells }) => cells[index] ?? ''), row }))
  }
}

function textColumn(title: string, dropRank: number, show: (row: Row) => string): Column {
  return { title, side: 'left', dropRank, isName: true, show }
}

function numberColumn(title: string, dropRank: number, show: (row: Row) => string): Column {
  return { title, side: 'right', dropRank, isName: false, show }
}

function showKnown(value: number | undefined, show: (value: number) => string): string {
  return value === undefined ? '-' : show(value)
}

/** Largest first, what isn't known last. */
function descending(toNumber: (row: Row) => number | undefined): (a: Row, b: Row) => number {
  return (a, b) => {
    const [first, second] = [a, b].map(row => toNumber(row) ?? Number.NEGATIVE_INFINITY)
    return first === second ? 0 : (second ?? 0) - (first ?? 0)
  }
}

function isGone({ status }: Row): boolean {
  return status === 'gone' || status === 'silent'
}

function compareNames(a: Row, b: Row): number {
  return (
    Number(isGone(a)) - Number(isGone(b)) ||
    a.name.localeCompare(b.name) ||
    a.host.localeCompare(b.host) ||
    (a.pid ?? 0) - (b.pid ?? 0)
  )
}
