/** A browser, a collector with --ui, and senders: all that a team needs to look at its logs. */
import { test } from 'tap'
import { noChromium, openWindow, startBrowser } from '../helpers/browser.ts'
import { startPage } from '../helpers/page.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { buildPage } from '../../contrib/build-page.ts'

test('live records, history, a record and senders', { skip: noChromium }, async t => {
  buildPage()
  const collector = await startPage(t)
  const browser = await startBrowser(t)
  const { page, errors } = await openWindow(browser, collector.url)
  await page.getByText('No record has arrived yet').waitFor()
  t.notMatch(page.url(), 'token', 'the token has left the address bar')

  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(1, { app: 'shop', host: 'web-1', pid: 7 })
  const records = Array.from({ length: 90 }, (_, index) => ({
    level: index % 25 === 24 ? 50 : 30,
    time: Date.now() - 90 + index,
    hostname: 'web-1',
    name: 'shop',
    msg: `<b>order ${index}</b>`,
    order: index
  }))
  await sender.batch(1, 90, records.map(record => `${JSON.stringify(record)}\n`).join(''))
  await page.getByText('order 89').waitFor()
  await collector.waitForLines(90)

  await page.getByRole('link', { name: 'History' }).click()
  await page.getByText('order 89').waitFor()
  t.match(await page.locator('history-view .summary').textContent(), '90 lines')
  t.match(await page.getByRole('img').getAttribute('aria-label'), '3 error, 87 info')
  await page.getByLabel('Lowest level').selectOption('50')
  await page.getByText('3 lines').waitFor()
  await page.getByText('order 49').click()
  const order = page.locator('.member', { has: page.locator('dt', { hasText: 'order' }) })
  await order.getByText('not this').click()
  await page.getByText('2 lines').waitFor()
  await page.getByText('Clear all filters').click()
  await page.getByText('90 lines').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('order 7<')
  await page.keyboard.press('Enter')
  await page.getByText('1 line', { exact: true }).waitFor()
  t.equal(await page.locator('mark').textContent(), 'order 7<')

  await page.getByRole('link', { name: 'Senders' }).click()
  const row = page.locator('tbody tr', { hasText: 'shop' })
  await row.getByText('connected').waitFor()
  t.match(await row.textContent(), 'web-1')
  t.strictSame(errors, [])
})
