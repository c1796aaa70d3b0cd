/** What `top` shows: a few lines about the collector, and the table of its senders. */
import { styleText } from 'node:util'
import type { OutputRow, Snapshot, StreamRow } from '../collector/control/snapshot.ts'
import { escapeName } from '../collector/reporting/escaped-name.ts'
import { orders, sortRows, toTable, type Order } from './table.ts'
import { cutToWidth, fit, showBytes, showCount, showSince } from './text.ts'
import type { Row, View } from './view.ts'

/** How a page is shown. */
export interface PageSettings {
  order: Order
  /** of the window, Infinity where there is none. Unit: columns */
  width: number
  /** of the window, Infinity where there is none: then it has no last line with the keys. Unit: lines */
  height: number
  hasColors: boolean
  /** why the collector doesn't answer any more; undefined where it does */
  trouble?: string | undefined
}

/** In a small window the table matters more than outputs. Unit: lines */
const smallHeight = 16
/** Outputs that are shown. */
const maxOutputLines = 3

type Style = 'inverse' | 'dim' | 'red' | 'yellow'

/** The lines of a page; none is wider than the window, and they are no more than fit in it. */
export function toPage(view: View, settings: PageSettings): string[] {
  const { order, width, height, hasColors, trouble } = settings
  const { snapshot, rows } = view
  const paint = (style: Style, text: string): string =>
    hasColors ? styleText(style, text, { validateStream: false }) : text
  const isWindow = Number.isFinite(height)
  const head = [describeCollector(snapshot), describeTotals(view)]
  const outputs = listOutputs(snapshot, height < smallHeight ? 1 : maxOutputLines)
  const table = toTable(sortRows(rows, order), width)
  const titles = isWindow ? fit(table.titles, width) : table.titles.trimEnd()
  const lines = [
    ...head.map(line => cutToWidth(line, width)),
    ...outputs.map(({ text, isBad }) => {
      const cut = cutToWidth(text, width)
      return isBad ? paint('red', cut) : cut
    }),
    ...(height < smallHeight ? [] : ['']),
    paint('inverse', cutToWidth(titles, width))
  ]
  const room = Math.max(0, height - lines.length - 1)
  const isCut = table.lines.length > room
  for (const { text, row } of table.lines.slice(0, isCut ? Math.max(0, room - 1) : room)) {
    const style = styleOf(row)
    const cut = cutToWidth(text, width).trimEnd()
    lines.push(style ? paint(style, cut) : cut)
  }
  if (rows.length === 0) lines.push(cutToWidth('no sender has connected yet', width))
  const hidden = table.lines.length - (isCut ? Math.max(0, room - 1) : table.lines.length)
  const others = hidden + countOthers(snapshot)
  if (others > 0) lines.push(paint('dim', cutToWidth(`… and ${showCount(others)} more`, width)))
  if (!isWindow) return lines
  const shown = lines.slice(0, Math.max(0, height - 1))
  while (shown.length < height - 1) shown.push('')
  const last = trouble === undefined ? describeKeys(order) : escapeName(trouble)
  return [...shown, paint(trouble === undefined ? 'dim' : 'red', cutToWidth(last, width))]
}

function describeCollector({ version, host, pid, uptimeMs, takenAt }: Snapshot): string {
  const time = new Date(takenAt).toTimeString().slice(0, 8)
  return `zmq-pub-collector ${escapeName(version)}, pid ${pid} on ${escapeName(host)}, up ${showSince(uptimeMs)}, at ${time}`
}

function describeTotals({ snapshot, total }: View): string {
  const { connected, gone, totals } = snapshot
  const { lines, bytes } = total
  const rate =
    lines === undefined || bytes === undefined
      ? `${showCount(totals.records + totals.plainRecords)} lines`
      : `${showCount(lines)} lines/s, ${showBytes(bytes)}/s`
  const refused = totals.refusedClients + totals.refusedMessages + totals.badMessages
  const counts = [
    ['lost', totals.missingRecords + totals.droppedPlainRecords + totals.failedRecords],
    ['dropped', totals.droppedOptionalRecords],
    ['refused', refused]
  ] as const
  const notable = counts.filter(([name, count]) => name === 'lost' || count > 0)
  return [
    rate,
    `${showCount(connected)} connected`,
    `${showCount(gone)} gone or silent`,
    ...notable.map(([name, count]) => `${showCount(count)} ${name}`)
  ].join(', ')
}

function listOutputs(
  { outputs, otherOutputs, source }: Snapshot,
  most: number
): { text: string; isBad: boolean }[] {
  const hidden = Math.max(0, outputs.length - most) + otherOutputs
  const lines = outputs.slice(0, most).map((output, index) => {
    const more = hidden > 0 && index === most - 1 ? ` (and ${hidden} more)` : ''
    return { text: describeOutput(output) + more, isBad: output.trouble !== undefined }
  })
  return source
    ? [{ text: describeStream(source), isBad: source.trouble !== undefined }, ...lines]
    : lines
}

function describeStream({ stream, trouble }: StreamRow): string {
  const state = trouble === undefined ? 'ok' : `cannot be read (${escapeName(trouble)})`
  return `stream ${state}: ${escapeName(stream)}`
}

function describeOutput({ file, isRequired, pendingBytes, trouble }: OutputRow): string {
  const state = trouble === undefined ? 'ok' : `cannot write (${escapeName(trouble)})`
  const kind = isRequired ? 'output' : 'optional output'
  return `${kind} ${state}, ${showBytes(pendingBytes)} waiting: ${escapeName(file)}`
}

function countOthers({ otherSenders, otherRoots }: Snapshot): number {
  return (otherSenders?.count ?? 0) + (otherRoots?.count ?? 0)
}

function describeKeys(order: Order): string {
  const keys = Object.entries(orders).map(([name, { key }]) => `${key} ${name}`)
  return `q quit, sort by: ${keys.join(', ')} (now: ${order})`
}

function styleOf({ status, lost }: Row): Style | undefined {
  if (lost > 0) return 'red'
  if (status === 'silent') return 'yellow'
  return status === 'gone' ? 'dim' : undefined
}
