/** Debian's chromium without a window, for tests of the page. */
import { existsSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'

/** Where it is; `CHROMIUM` names another one. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why tests with it are skipped; false where they are not. */
export const noChromium = existsSync(executablePath)
  ? false
  : `there is no ${executablePath}: apt-get install chromium, or set CHROMIUM`

/** Finds what hangs. Unit: ms */
const timeoutMs = 60_000

interface Teardown {
  teardown: (end: () => unknown) => unknown
}

/** Starts the browser, until the test has ended. */
export async function startBrowser(t: Teardown): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({ executablePath, args: ['--disable-gpu'] })
  t.teardown(() => browser.close())
  return browser
}

/** What a window is like. */
export interface WindowSettings {
  width?: number
  height?: number
  isDark?: boolean
}

/** Opens a page in a browser of its own: no cookie, no storage. Errors in it are collected. */
export async function openWindow(
  browser: Browser,
  url: string,
  settings: WindowSettings = {}
): Promise<{ page: Page; errors: string[] }> {
  const { width = 1280, height = 800, isDark } = settings
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: isDark ? 'dark' : 'light'
  })
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.goto(url)
  return { page, errors }
}
