/**
 * Makes the screenshots of docs/page.md, with a real collector, senders of a small shop, and chromium.
 * Command:  npm run screenshots        needs chromium and pngquant (Debian: chromium, pngquant)
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { startCollector } from '../benchmarks/helpers/processes.ts'
import { noChromium, openWindow, startBrowser } from '../test/helpers/browser.ts'
import { ShopScene } from './page-scene.ts'

if (noChromium) throw new Error(noChromium)
const images = join(import.meta.dirname, '..', 'docs', 'page')
mkdirSync(images, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-screenshots-'))
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true })]
const scene = { teardown: (end: () => unknown) => ends.unshift(end) }

const { child, address, url } = await startCollector(folder, undefined, ['--ui', '127.0.0.1:0'])
scene.teardown(() => child.kill())
const shop = await ShopScene.connect(scene, address)
await logLastHour()
await shop.lose(1200)

const size = { width: 1160, height: 640 }
const browser = await startBrowser(scene)
const { page } = await openWindow(browser, url, size)
await page.locator('.scroller').waitFor()
await logLive(page)
await shoot(page, 'live')

await page.route('**/api/senders', hideMachine)
await page.getByRole('link', { name: 'Senders' }).click()
await page.locator('tbody tr', { hasText: 'billing' }).waitFor()
await logSlowly(5000)
await shoot(page, 'senders')

await page.getByRole('link', { name: 'History' }).click()
await page.locator('.row.is-info').first().waitFor()
await shoot(page, 'history')

await page.goto(`${new URL(url).origin}/?view=history&level=50&text=provider&since=1h`)
await page.locator('.row.is-error').last().click()
await page.locator('.member', { hasText: 'order' }).hover()
await shoot(page, 'record')

const dark = await openWindow(browser, url, { ...size, isDark: true })
await dark.page.locator('.scroller').waitFor()
await logLive(dark.page)
await shoot(dark.page, 'dark')

const narrow = await openWindow(browser, url, { width: 400, height: 640 })
await narrow.page.locator('.scroller').waitFor()
await logLive(narrow.page)
await shoot(narrow.page, 'narrow')
for (const end of ends) await end()

async function logLive(shown: Page): Promise<void> {
  await logSlowly(2500)
  await shown.locator('.row').nth(20).waitFor()
}

/** The names of this machine would be others each time. */
async function hideMachine(route: Route): Promise<void> {
  const response = await route.fetch()
  const text = (await response.text()).replaceAll(folder, '/var/log/zmq-pub')
  await route.fulfill({ response, body: text.replaceAll(`"${hostname()}"`, '"logs"') })
}

/** A wave, and a peak after two thirds. */
async function logLastHour(): Promise<void> {
  const now = Date.now()
  for (let minute = 60; minute > 0; minute--) {
    const count = 500 + 150 * Math.sin(minute / 6) + (minute > 18 && minute < 22 ? 450 : 0)
    const start = now - minute * 60_000
    await shop.log(Array.from({ length: count }, (_, index) => start + (index * 60_000) / count))
  }
}

/** Some records ten times a second. */
async function logSlowly(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await shop.log(Array.from({ length: 7 }, (_, index) => Date.now() - 90 + index * 13))
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function shoot(shown: Page, name: string): Promise<void> {
  const path = join(images, `${name}.png`)
  await shown.screenshot({ path })
  const { status } = spawnSync('pngquant', ['--force', '--output', path, '--strip', '96', path])
  if (status !== 0) throw new Error('pngquant is missing or has failed: apt-get install pngquant')
}
