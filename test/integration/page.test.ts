/** The page in a real browser, with a server whose answers these tests decide. test/integration/page-collector.test.ts has the whole program. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test, type Test } from 'tap'
import type { Page } from 'playwright-core'
import { noChromium, openWindow, startBrowser } from '../helpers/browser.ts'
import { FakePageServer, refuse } from '../helpers/fake-page-server.ts'
import { makeSnapshot, sample } from '../helpers/top-sample.ts'
import { waitFor } from '../helpers/wait.ts'

const minute = 60_000
const now = Date.now()

function toLine(msg: string, more: object = {}): string {
  return JSON.stringify({
    level: 30,
    time: now,
    pid: 1,
    hostname: 'web-1',
    name: 'shop',
    msg,
    ...more
  })
}

test('the page', { skip: noChromium }, async t => {
  const browser = await startBrowser(t)
  const server = new FakePageServer()
  await server.listen()
  t.teardown(() => server.close())
  server.snapshots = [sample.earlier, sample.later]
  server.records = Array.from({ length: 3000 }, (_, index) => {
    const time = now - 50 * minute + index * 900
    const level = index % 100 === 99 ? 50 : 30
    return { time, level, line: toLine(`line ${index}`, { time, level, order: index }) }
  })

  const window = await openWindow(browser, 'about:blank')
  /** Shows a view, when nothing else watches any more. */
  const open = async (path = '') => {
    await window.page.goto('about:blank')
    await waitFor(() => server.watching.length === 0, 'the end of the live view before')
    window.errors.length = 0
    await window.page.goto(server.url + path)
    return window
  }

  await t.test('live lines appear, with the colour of their level', async t => {
    const { page, errors } = await open()
    await watching(server)
    server.publish([toLine('paid', { order: 17 }), toLine('declined', { level: 50 })])
    await page.getByText('declined').waitFor()
    t.equal(await page.locator('.row.is-error .level').textContent(), 'error')
    t.match(await page.locator('.row.is-info .message').textContent(), /paid\s+order=17/)
    t.strictSame(errors, [])
  })

  await t.test('n of m lines: sampling and drops are shown', async t => {
    const { page } = await open()
    await watching(server)
    server.publish([toLine('x')], { total: 5000, isEstimate: true, dropped: 7 })
    await page
      .getByText(/ of about [\d,]+ lines\/s · 1 of 5,000 lines were shown · 7 lines not sent/)
      .waitFor()
    t.pass()
  })

  await t.test('hostile text stays text', async t => {
    const { page, errors } = await open()
    await watching(server)
    const hostile = {
      '<img src=x onerror="window.hacked=1">': '<script>window.hacked=1</script>',
      bidi: '\u202egnp.exe',
      control: '\u0007\u001b[31m\u0000',
      long: 'z'.repeat(1_000_000),
      constructor: '__proto__',
      link: 'javascript:window.hacked=1'
    }
    server.publish([
      toLine('<b onclick="x">bold</b><svg/onload=window.hacked=1>\n\u202e', hostile),
      '{"level":30,"time":"<i>","name":{"a":1},"msg":["x"]}',
      '<html>not JSON'
    ])
    await page.getByText('<html>not JSON').waitFor()
    await page.locator('.row').first().click()
    const panel = page.locator('record-panel')
    await panel.getByText('<script>window.hacked=1</script>').waitFor()
    t.match(await panel.textContent(), /\\u202egnp\.exe/)
    t.match(await panel.textContent(), /\\u0007\\u001b\[31m\\u0000/)
    await panel.getByText('Show all 1,000,000 characters').click()
    t.equal(await page.evaluate('window.hacked'), undefined)
    t.equal(await page.locator('.row b, .row svg, .row img, .panel img, .panel script').count(), 0)
    t.strictSame(errors, [])
  })

  await t.test('filters are in the address, and back and forward work', async t => {
    const { page } = await open()
    await page.getByLabel('App').fill('shop')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.type('declined')
    await page.keyboard.press('Enter')
    await page.getByLabel('Lowest level').selectOption('40')
    await page.waitForURL(url => url.href === server.url + '?app=shop&level=40&text=declined')
    await asked(server, '/api/live?app=shop&level=40&text=declined')
    await page.goBack()
    await page.waitForURL(url => url.href === server.url + '?app=shop&text=declined')
    await waitFor(() => levelOf(page, '0'), 'all levels')
    await page.goForward()
    await page.waitForURL(url => url.href === server.url + '?app=shop&level=40&text=declined')
    await waitFor(() => levelOf(page, '40'), 'the level')
    await page.getByText('Clear all filters').click()
    await page.waitForURL(server.url)
    await waitFor(async () => (await page.getByLabel('App').inputValue()) === '', 'no app')
    t.pass()
  })

  await t.test(
    'what somebody writes stays while the page learns names, and Escape takes it back',
    async t => {
      let answer: (() => void) | undefined
      server.answers['/api/senders'] = response => {
        answer = () => response.end(JSON.stringify(sample.later))
      }
      const { page } = await open('?app=old')
      const app = page.getByLabel('App')
      await app.fill('ne')
      await waitFor(() => answer !== undefined, 'the question for names')
      answer?.()
      delete server.answers['/api/senders']
      await page.locator('#known-app').waitFor({ state: 'attached' })
      t.equal(await app.inputValue(), 'ne')
      await app.press('Escape')
      t.equal(await app.inputValue(), 'old')
      t.equal(page.url(), `${server.url}?app=old`)
    }
  )

  await t.test('the address of a view with filters shows the same to others', async t => {
    const { page } = await open('?view=history&host=web-1&since=6h&not=order%3D5')
    await page.locator('.row').first().waitFor()
    t.equal(await page.getByLabel('Host').inputValue(), 'web-1')
    t.equal(await page.getByLabel('Time', { exact: true }).inputValue(), String(360 * minute))
    t.ok(await page.locator('.chip', { hasText: 'order=5' }).isVisible())
    const [histogram] = server.asked.filter(path => path.startsWith('/api/histogram')).slice(-1)
    t.match(histogram, /host=web-1&not=order%3D5/)
  })

  await t.test('space pauses, and shows afterwards what has come', async t => {
    const { page } = await open()
    await watching(server)
    server.publish([toLine('first')])
    await page.getByText('first', { exact: true }).waitFor()
    await page.keyboard.press(' ')
    await page.getByRole('status').getByText('paused').waitFor()
    server.publish([toLine('second'), toLine('third')])
    await page.getByText('2 new lines').waitFor()
    t.equal(await page.getByText('second').count(), 0)
    await page.keyboard.press(' ')
    await page.getByText('third').waitFor()
    t.equal(await page.locator('.row').count(), 3)
  })

  await t.test('who scrolls back reads in peace, and follows again at the end', async t => {
    const { page } = await open()
    await watching(server)
    server.publish(Array.from({ length: 500 }, (_, index) => toLine(`row ${index}`)))
    await page.getByText('row 499').waitFor()
    await page.locator('.scroller').hover()
    await page.mouse.wheel(0, -1500)
    await page.getByRole('status').getByText('paused').waitFor()
    server.publish([toLine('newest')])
    await page.getByText('1 new line').click()
    await page.getByText('newest').waitFor()
    t.ok((await page.locator('.row').count()) < 120, 'only rows in view are elements')
  })

  await t.test('a record is opened to its fields, by mouse and by keys', async t => {
    const { page } = await open()
    await watching(server)
    const records = [{ order: 1 }, { order: 2, err: { code: 'EPIPE' } }, { order: 3 }]
    server.publish(records.map(more => toLine(`order ${more.order}`, more)))
    await page.getByText('order 2').click()
    const panel = page.locator('record-panel')
    await panel.locator('dt', { hasText: 'err.code' }).waitFor()
    await page.keyboard.press('j')
    await panel.locator('p', { hasText: 'order 3' }).waitFor()
    await page.keyboard.press('k')
    await page.keyboard.press('ArrowUp')
    await panel.locator('p', { hasText: 'order 1' }).waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    t.pass()
  })

  await t.test('only this, not this, and the same value', async t => {
    const { page } = await open('?app=shop')
    await watching(server, 'app=shop')
    server.publish([toLine('x', { err: { code: 'EPIPE' }, trace: 't-1' })])
    await page.locator('.row').click()
    const member = (key: string) =>
      page.locator('.member', { has: page.locator('dt', { hasText: key }) })
    await member('err.code').getByText('only this').click()
    await watching(server, 'app=shop&field=err.code%3DEPIPE')
    server.publish([toLine('x', { trace: 't-1' })])
    await page.locator('.row').click()
    await member('trace').getByText('not this').click()
    await watching(server, 'app=shop&field=err.code%3DEPIPE&not=trace%3Dt-1')
    server.publish([toLine('x', { trace: 't-2' })])
    await page.locator('.row').click()
    await member('trace').getByText('same value').click()
    const around = `since=${now - 15 * minute}&until=${now + 15 * minute}`
    await page.waitForURL(
      url => url.href === `${server.url}?view=history&field=trace%3Dt-2&${around}`
    )
    t.pass()
  })

  await t.test(
    'the history is in the same list, with a histogram in which one drags a range',
    async t => {
      const { page, errors } = await open('?view=history')
      await page.getByText('line 2999').waitFor()
      t.match(await page.locator('history-view .summary').textContent(), '3,000 lines')
      t.match(await page.getByRole('img').getAttribute('aria-label'), '30 error, 2,970 info')
      const chart = (await page.locator('.chart .u-over').boundingBox()) as {
        x: number
        y: number
        width: number
      }
      await page.mouse.move(chart.x + chart.width * 0.5, chart.y + 20)
      await page.mouse.down()
      await page.mouse.move(chart.x + chart.width * 0.75, chart.y + 30, { steps: 4 })
      await page.mouse.up()
      await page.waitForURL(/since=\d+&until=\d+/)
      const params = new URL(page.url()).searchParams
      const chosenMs = Number(params.get('until')) - Number(params.get('since'))
      t.ok(Math.abs(chosenMs - 15 * minute) < minute, `${chosenMs} ms`)
      await page.locator('.row').first().waitFor()
      await page.goBack()
      await page.getByText('line 2999').waitFor()
      t.strictSame(errors, [])
    }
  )

  await t.test('a time that ends before it begins is refused, and stays to be mended', async t => {
    const { page } = await open('?view=history')
    await page.getByText('line 2999').waitFor()
    const address = page.url()
    const from = page.getByLabel('From')
    await page.getByLabel('Until').fill('2020-01-02T00:00:05')
    await page.getByText('Until must be later than From.').waitFor()
    t.equal(await page.getByLabel('Until').inputValue(), '2020-01-02T00:00:05')
    t.equal(page.url(), address)
    await from.fill('2020-01-01T00:00:05')
    await page.waitForURL(/since=\d+&until=\d+/)
    await page.getByText('Until must be later').waitFor({ state: 'detached' })
    await page.getByText('No record of this time matches').waitFor()
    t.equal(await from.inputValue(), '2020-01-01T00:00')
  })

  await t.test('the default log is shown, by the keys of its records', async t => {
    const { outputs } = server
    t.teardown(() => {
      server.outputs = outputs
      delete server.answers['/api/records']
    })
    const keys = { timeKey: 'at', levelKey: 'rank', messageKey: 'body' }
    server.outputs = [
      { output: 0, file: 'debug.log' },
      { output: 1, file: 'all.log', isDefault: true, ...keys }
    ]
    const record = JSON.stringify({ at: now, rank: 'error', body: 'by its own keys' })
    server.answers['/api/records'] = response =>
      response.end(`${record}\n{"end":{"found":1,"troubles":[]}}\n`)
    const { page } = await open('?view=history')
    await page.locator('.row.is-error', { hasText: 'by its own keys' }).first().waitFor()
    t.equal(await page.getByLabel('Log', { exact: true }).inputValue(), '1')
  })

  await t.test('a record with many lines does not enlarge the page', async t => {
    const { page } = await open('?view=history')
    const stack = 'at handle (server.js:1:1)\n'.repeat(120)
    server.answers['/api/records'] = response =>
      response.end(`${toLine('long', { stack, order: 1 })}\n{"end":{"found":1,"troubles":[]}}\n`)
    t.teardown(() => delete server.answers['/api/records'])
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('long').first().click()
    await page.locator('.member', { hasText: 'order' }).waitFor()
    t.strictSame(await heightsOf(page), { document: 800, window: 800 })
  })

  await t.test('a new filter starts an empty list, which leads to the history', async t => {
    const { page } = await open()
    await watching(server)
    server.publish([toLine('before')])
    await page.getByText('before').waitFor()
    await page.getByLabel('Sub-topic').fill('db.')
    await page.keyboard.press('Enter')
    await page.getByText('A new filter starts an empty list.').waitFor()
    await page.getByRole('button', { name: 'Show earlier records in the history' }).click()
    await page.waitForURL(url => url.href === `${server.url}?view=history&topic=db.&since=1h`)
    t.pass()
  })

  await t.test('the download has the filters and the time of what is shown', async t => {
    const { page } = await open('?view=history&level=50&since=1000&until=2000')
    const href = await page.getByRole('link', { name: 'Download' }).getAttribute('href')
    t.equal(href, '/api/download?since=1000&until=2000&level=50')
    await page.goto(server.url)
    await watching(server)
    server.publish([toLine('kept')])
    await page.getByText('kept').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    t.equal(readFileSync(await (await download).path(), 'utf8'), `${toLine('kept')}\n`)
  })

  await t.test('senders have rates, and losses are red', async t => {
    const { page, errors } = await open('?view=senders')
    const row = page.locator('tr.is-lossy')
    await row.getByText('billing').waitFor()
    t.match(await row.textContent(), '1,200')
    const color = await page.evaluate(
      `getComputedStyle(document.querySelector('tr.is-lossy td')).color`
    )
    t.equal(color, 'rgb(179, 21, 31)')
    await page.getByRole('button', { name: 'Sender' }).click()
    await page.locator('th[aria-sort]', { hasText: 'Sender' }).waitFor()
    await page.getByRole('button', { name: 'shop' }).first().click()
    await page.waitForURL(url => url.href === server.url + '?app=shop')
    t.strictSame(errors, [])
  })

  await t.test('the stream of a writer is among the outputs, with its trouble', async t => {
    const { snapshots } = server
    t.teardown(() => (server.snapshots = snapshots))
    server.snapshots = [makeSnapshot({ source: { stream: 'logs', trouble: 'server shutdown' } })]
    const { page, errors } = await open('?view=senders')
    const line = page.locator('.outputs li.bad')
    await line.waitFor()
    t.match(await line.textContent(), /stream logs cannot be read \(server shutdown\)/)
    t.strictSame(errors, [])
  })

  await t.test('a lost connection is shown, and opened again', async t => {
    const { page } = await open()
    await watching(server)
    await server.close()
    await page.getByText('connection lost, trying again').waitFor()
    await server.listen()
    await page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await watching(server)
    server.publish([toLine('back')])
    await page.getByText('back', { exact: true }).waitFor()
    t.pass()
  })

  await t.test('what the live view refuses is shown with its reason', async t => {
    server.answers['/api/live'] = response => refuse(response, 429, 'too many browsers watch')
    const { page } = await open()
    await page.getByText('too many browsers watch; trying again').waitFor()
    delete server.answers['/api/live']
    await page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await watching(server)
    t.pass()
  })

  await t.test('after a restart of the collector, live records need the new URL', async t => {
    const { page } = await open()
    await watching(server)
    await server.close()
    server.hasSession = false
    await server.listen()
    await page.getByText('Open this page with the URL').waitFor()
    await page.goto(`${server.url}#token=new`)
    await watching(server)
    t.equal(page.url(), server.url)
  })

  await t.test('an expired session says what to do, and takes a URL', async t => {
    const { page } = await open('?view=history')
    await page.getByText('line 2999').waitFor()
    server.hasSession = false
    t.teardown(() => (server.hasSession = true))
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('Open this page with the URL').waitFor()
    await page.getByText('the collector or its page was started again').waitFor()
    await page.getByRole('textbox').fill(`${server.url}#token=abc`)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('line 2999').waitFor()
    t.ok(server.asked.includes('/api/session'))
  })

  await t.test('what is pasted without a token is refused at once', async t => {
    server.hasSession = false
    t.teardown(() => (server.hasSession = true))
    const { page } = await open()
    await page.getByRole('textbox').fill('garbage')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText("This is not a URL of the collector's log: #token= is missing.").waitFor()
    server.answers['/api/session'] = response => refuse(response, 403, 'this token is not valid')
    t.teardown(() => delete server.answers['/api/session'])
    await page.getByRole('textbox').fill('#token=old')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('This token is not valid.').waitFor()
    t.strictSame(await heightsOf(page), { document: 800, window: 800 }, 'no scrollbar')
  })

  await t.test('a tab without a session asks again when one comes back to it', async t => {
    server.hasSession = false
    t.teardown(() => (server.hasSession = true))
    const { page } = await open('?view=history')
    await page.getByText('Open this page with the URL').waitFor()
    server.hasSession = true // opened in another tab
    await page.evaluate(`window.dispatchEvent(new Event('focus'))`)
    await page.getByText('line 2999').waitFor()
    t.pass()
  })

  await t.test('the token leaves the address bar', async t => {
    const { page } = await open('?level=40#token=secret')
    await page.getByLabel('Lowest level').waitFor()
    t.equal(page.url(), `${server.url}?level=40`)
  })

  await t.test(
    'what a search refuses is shown with its reason, and can be tried again',
    async t => {
      server.answers['/api/histogram'] = response => refuse(response, 400, 'no such output: 7')
      const { page } = await open('?view=history')
      await page.getByText('The search failed: no such output: 7').waitFor()
      delete server.answers['/api/histogram']
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText('line 2999').waitFor()
      t.pass()
    }
  )

  await t.test('? shows the keys, and 1, 2, 3 the views', async t => {
    const { page } = await open()
    await page.locator('.scroller').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('pause or resume').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('2')
    await page.waitForURL(url => url.href === server.url + '?view=history&since=1h')
    await page.keyboard.press('3')
    await page.waitForURL(url => url.href === server.url + '?view=senders')
    t.pass()
  })

  await t.test('nothing moves for who wants less motion', async t => {
    server.answers['/api/live'] = () => {} // stays connecting
    t.teardown(() => delete server.answers['/api/live'])
    const { page } = await open()
    await page.locator('.status.is-connecting').waitFor()
    t.equal(await page.evaluate('document.getAnimations().length'), 1)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await waitFor(
      async () => (await page.evaluate<number>('document.getAnimations().length')) === 0,
      'no animation'
    )
    await page.emulateMedia({ reducedMotion: null })
  })

  await t.test('a window of 400 px has all of it, and scrolls only down', async t => {
    for (const path of ['', '?view=history', '?view=senders']) {
      const { page } = await open(path)
      await page.setViewportSize({ width: 400, height: 700 })
      await page.locator('.page main').waitFor()
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.ok(width <= 400, `${path}: ${width} px`)
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })

  await t.test('a million lines scroll, with few elements', async t => {
    const { page } = await open('?view=history&since=0&until=1000000')
    t.teardown(() => {
      delete server.answers['/api/histogram']
      delete server.answers['/api/records']
    })
    answerWithMillion(server)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('line 999999').waitFor()
    await page.evaluate(
      `(list => (list.scrollTop = list.scrollHeight / 2))(document.querySelector('.scroller'))`
    )
    const middle = page.getByText(/line 50\d{4}/).first()
    await middle.waitFor()
    await page.locator('.scroller').hover()
    await page.mouse.wheel(0, 220)
    await middle.waitFor()
    await page.keyboard.press('g')
    await page.locator('record-panel p', { hasText: /^line 0$/ }).waitFor()
    t.equal(await page.title(), 'History · zmq-pub')
    t.ok((await page.locator('.row').count()) < 120)
  })

  await t.test('each view, in light and dark, keeps the rules of axe', async t => {
    const { page } = await open('?field=name%3Dshop&text=level')
    await watching(server, 'text=level&field=name%3Dshop')
    server.publish([10, 20, 30, 40, 50, 60].map(level => toLine(`level ${level}`, { level })))
    await page.locator('.row.is-fatal').click()
    await page.locator('record-panel .member').first().waitFor()
    await checkRules(t, page, 'live, with a record')
    await page.keyboard.press('?')
    await checkRules(t, page, 'keys')
    await page.keyboard.press('Escape')
    await page.goto(`${server.url}?view=history`)
    await page.getByText('line 2999').waitFor()
    await checkRules(t, page, 'history')
    await page.keyboard.press('3')
    await page.locator('tbody tr').first().waitFor()
    await checkRules(t, page, 'senders')
    server.hasSession = false
    await page.goto(server.url)
    await page.getByText('Open this page with the URL').waitFor()
    await checkRules(t, page, 'no session')
  })
})

/** Waits until the live view has these filters. */
async function watching(server: FakePageServer, filters = ''): Promise<void> {
  const path = `/api/live?${filters}`
  await waitFor(() => server.watching.length === 1 && server.watching[0] === path, path)
}

/** Unit: px */
async function heightsOf(page: Page): Promise<{ document: number; window: number }> {
  return page.evaluate(`({
    document: document.documentElement.scrollHeight,
    window: window.innerHeight
  })`)
}

async function levelOf(page: Page, level: string): Promise<boolean> {
  return (await page.getByLabel('Lowest level').inputValue()) === level
}

async function asked(server: FakePageServer, path: string): Promise<void> {
  await waitFor(() => server.asked.includes(path), path)
}

/** A log of a million lines, one each millisecond. */
function answerWithMillion(server: FakePageServer): void {
  server.answers['/api/histogram'] = (response, parameters) => {
    const [sinceMs, untilMs] = [Number(parameters.get('since')), Number(parameters.get('until'))]
    const bucketMs = Math.ceil((untilMs - sinceMs) / Number(parameters.get('buckets')))
    const counts = Array.from({ length: Math.ceil((untilMs - sinceMs) / bucketMs) }, () => bucketMs)
    const answer = { sinceMs, bucketMs, levels: { 30: counts }, total: 1e6, withoutTime: 0 }
    response.end(JSON.stringify(answer))
  }
  server.answers['/api/records'] = (response, parameters) => {
    const [since, until] = [Number(parameters.get('since')), Number(parameters.get('until'))]
    for (let time = since; time < until; time++)
      response.write(`${toLine(`line ${time}`, { time })}\n`)
    response.end('{"end":{"found":0,"troubles":[]}}\n')
  }
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Runs in the browser. */
const findViolations = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`

async function checkRules(t: Test, page: Page, what: string): Promise<void> {
  await page.evaluate(readFileSync(axePath, 'utf8'))
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    t.strictSame(await page.evaluate(findViolations), [], `${what}, ${colorScheme}`)
  }
}
