import { test } from 'tap'
import { Totals } from '../../lib/collector/reporting/totals.ts'
import { toPage, type PageSettings } from '../../lib/top/page.ts'
import { widthOf } from '../../lib/top/text.ts'
import { toView } from '../../lib/top/view.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { makeSenderRow, makeSnapshot, sample } from '../helpers/top-sample.ts'

const unlimited = Number.POSITIVE_INFINITY
const settings: PageSettings = {
  order: 'lines',
  width: unlimited,
  height: unlimited,
  hasColors: false
}
const view = toView(sample.later, sample.earlier)

test('the table in docs/top.md is what top prints', async t => {
  t.equal(findBlock('docs/top.md', 'table').code, `${toPage(view, settings).join('\n')}\n`)
})

for (const width of [1, 20, 40, 80, 200]) {
  for (const height of [1, 2, 5, 8, 24, 100]) {
    test(`a page fills a window of ${width} columns and ${height} lines, and no more`, async t => {
      for (const trouble of [undefined, `no answer\n${'x'.repeat(300)}`]) {
        const lines = toPage(view, { ...settings, width, height, trouble })
        t.equal(lines.length, height)
        for (const line of lines) t.ok(widthOf(line) <= width, `${widthOf(line)}: ${line}`)
        if (width > 1) t.equal(lines.at(-1)?.[0], (trouble ?? 'quit')[0], 'the last line')
      }
    })
  }
}

test('senders for which there is no room are counted', async t => {
  const senders = Array.from({ length: 50 }, () => makeSenderRow())
  const otherSenders = { count: 1000, records: 0, bytes: 0, lostRecords: 0 }
  const long = toView(makeSnapshot({ senders, otherSenders }), undefined)
  const lines = toPage(long, { ...settings, width: 80, height: 24 })
  const rows = lines.filter(line => line.startsWith('shop')).length
  t.equal(rows, 24 - 2 - 1 - 1 - 2)
  t.ok(lines.includes(`… and ${(1000 + 50 - rows).toLocaleString('en')} more`), lines.join('\n'))
})

test('colours mark what needs a look, only where they are wanted', async t => {
  const lines = toPage(view, { ...settings, hasColors: true })
  const find = (part: string): string | undefined => lines.find(line => line.includes(part))
  t.ok(find('billing')?.startsWith('\u001b[31m'), 'lost lines')
  t.ok(find('mailer')?.startsWith('\u001b[33m'), 'silent')
  t.ok(find('ESTALE')?.startsWith('\u001b[31m'), 'an output that cannot be written')
  t.ok(find('search')?.startsWith('search'))
  t.notMatch(toPage(view, settings).join(''), '\u001b')
})

test('what was lost, dropped or refused is said', async t => {
  const totals = Object.assign(new Totals(), {
    missingRecords: 1,
    droppedPlainRecords: 2,
    failedRecords: 3,
    droppedOptionalRecords: 4,
    refusedClients: 5,
    refusedMessages: 6,
    badMessages: 7
  })
  const [, line] = toPage(toView(makeSnapshot({ totals }), undefined), settings)
  t.equal(line, '0 lines, 0 connected, 0 gone or silent, 6 lost, 4 dropped, 18 refused')
})

test('a writer has a line for its stream, red where it cannot be read', async t => {
  const show = (trouble?: string): string[] => {
    const source = { stream: 'logs\n', trouble }
    const shown = toView(makeSnapshot({ source }), undefined)
    return toPage(shown, { ...settings, hasColors: true }).slice(2, 3)
  }
  t.strictSame(show(), [String.raw`stream ok: logs\u000a`])
  t.match(show('server shutdown'), [
    String.raw`[31mstream cannot be read (server shutdown): logs\u000a`
  ])
})

test('a few outputs are shown, and the others are counted', async t => {
  const outputs = Array.from({ length: 5 }, (_, index) => {
    return { file: `/${index}`, isRequired: index > 0, pendingBytes: index * 1000 }
  })
  const shown = toView(makeSnapshot({ outputs, otherOutputs: 7 }), undefined)
  t.strictSame(toPage(shown, settings).slice(2, 5), [
    'optional output ok, 0 B waiting: /0',
    'output ok, 1.0 kB waiting: /1',
    'output ok, 2.0 kB waiting: /2 (and 9 more)'
  ])
})
