import { test } from 'tap'
import {
  idleNameMs,
  maxLabelledNames,
  MetricLabels,
  otherLabels,
  type NameLabels
} from '../../../lib/collector/reporting/metric-labels.ts'

/** Labels whose places are all taken, at the time 0. */
function fill(): { labels: MetricLabels; forgotten: NameLabels[] } {
  const forgotten: NameLabels[] = []
  const labels = new MetricLabels(name => forgotten.push(name))
  for (let index = 0; index < maxLabelledNames; index++)
    labels.use({ app: `app-${index}`, host: 'web-1' }, 0)
  return { labels, forgotten }
}

test('the first names have places, all others are one', async t => {
  const { labels } = fill()
  t.equal([...labels].length, maxLabelledNames)
  t.strictSame(labels.use({ app: 'app-0', host: 'web-1' }, 1), { app: 'app-0', host: 'web-1' })
  t.equal(labels.use({ app: 'app-0', host: 'web-2' }, 1), otherLabels)
  t.equal(labels.find({ app: 'invented', host: '' }), otherLabels)
})

test('to find a name takes no place', async t => {
  const labels = new MetricLabels(() => undefined)
  t.equal(labels.find({ app: 'shop', host: 'web-1' }), otherLabels)
  t.equal([...labels].length, 0)
})

test('a new name gets the place of the one that is idle for longest', async t => {
  const { labels, forgotten } = fill()
  labels.use({ app: 'app-0', host: 'web-1' }, 1)
  const shop = { app: 'shop', host: 'web-1' }
  t.equal(labels.use(shop, idleNameMs - 1), otherLabels)
  t.strictSame(labels.use(shop, idleNameMs), shop)
  t.strictSame(forgotten, [{ app: 'app-1', host: 'web-1' }])
  t.strictSame(labels.use({ app: 'app-1', host: 'web-1' }, 1), otherLabels)
  t.equal([...labels].length, maxLabelledNames)
})

test('labels are text that no terminal acts on, valid UTF-8, and not longer than 256 bytes', async t => {
  const labels = new MetricLabels(() => undefined)
  const name = `\u001B[31m\u009B\n"\\\uD800${'x'.repeat(1000)}`
  const { app, host } = labels.use({ app: name, host: 'a\uDC00' }, 0)
  t.equal(app.slice(0, 22), String.raw`\u001b[31m\u009b\u000a`)
  // oxlint-disable-next-line no-control-regex
  t.notMatch(app, /[\u0000-\u001F\u007F-\u009F\uD800-\uDFFF]/)
  t.ok(app.length < 300)
  t.equal(host, 'a\uFFFD')
  t.equal(labels.find({ app: name, host: 'a\uDFFF' }).host, host, 'what looks the same is the same')
})
