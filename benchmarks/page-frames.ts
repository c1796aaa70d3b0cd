/**
 * Question: does the page stay smooth while many lines arrive?
 * Method:   one app logs RATE lines a second, evenly over time, to a collector with --ui; chromium without a window shows
 *           the live records. The times between frames (requestAnimationFrame) are measured for SECONDS, after WARM
 *           seconds that aren't. App, collector and browser share the machine, and the browser draws without a GPU.
 *           Needs chromium (Debian: chromium).
 * Command:  node benchmarks/page-frames.js        RATE=0,50000 WARM=5 SECONDS=10
 */
import { once } from 'node:events'
import { loopback } from '../test/helpers/loopback.ts'
import { noChromium, openWindow, startBrowser } from '../test/helpers/browser.ts'
import { readKnob, readNumbers } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, startCollector, startProgram } from './helpers/processes.ts'
import { printProgress, printSection, toTable } from './helpers/report.ts'

const rates = readNumbers('RATE', [0, 50_000])
const warmSeconds = readKnob('WARM', 5)
const seconds = readKnob('SECONDS', 10)
/** The most that the 95th percentile may be. Unit: ms */
const limitMs = 32

/** Runs in the browser: times between frames, sorted. Unit: ms */
const measureFrames = `new Promise(resolve => {
  const times = []
  let last = performance.now()
  const end = last + ${seconds * 1000}
  const onFrame = now => {
    times.push(now - last)
    last = now
    if (now < end) requestAnimationFrame(onFrame)
    else resolve(times.sort((a, b) => a - b))
  }
  requestAnimationFrame(onFrame)
})`

if (noChromium) throw new Error(noChromium)
const ends: (() => unknown)[] = []
const browser = await startBrowser({ teardown: end => ends.push(end) })
const rows: string[][] = []
for (const rate of rates) rows.push(await measure(rate))
for (const end of ends) await end()
printSection(
  'Frames of the page',
  `One app logs to a collector whose live records are shown by chromium without a window and without a GPU, on the same machine. Times between two frames during ${seconds} s; 16.7 ms is the pace of the screen. Target: at most ${limitMs} ms at the 95th percentile.`,
  toTable(['lines/s', 'shown', 'median ms', 'p95 ms', 'p99 ms', 'max ms', 'p95 in target'], rows)
)

async function measure(rate: number): Promise<string[]> {
  const folder = new LogFolder()
  const args = ['--ui', `${loopback}:0`]
  const { child, address, url } = await startCollector(folder.path, undefined, args)
  const stopped = once(child, 'exit')
  const { page } = await openWindow(browser, url)
  const app =
    rate === 0
      ? undefined
      : startProgram('everyday-app', {
          TARGET: 'zmq-pub',
          OPTIONS: JSON.stringify({ address }),
          RATE: String(rate),
          LOGGERS: '1',
          WARM: String(warmSeconds),
          SECONDS: String(seconds + 2)
        })
  const ended = app && once(app, 'exit')
  if (app) await readLine(app)
  const times = await page.evaluate<number[]>(measureFrames)
  const shown = (await page.locator('.counts').textContent())?.trim() ?? ''
  await page.context().close()
  if (app) await readLine(app)
  app?.stdin?.write('close\n')
  await ended
  child.kill('SIGTERM')
  await stopped
  folder.delete()
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? Number.NaN
  printProgress(`${rate} lines/s: p95 ${at(0.95).toFixed(1)} ms, ${shown}`)
  return [
    rate.toLocaleString('en'),
    shown,
    ...[0.5, 0.95, 0.99, 1].map(share => at(share).toFixed(1)),
    at(0.95) <= limitMs ? 'yes' : 'no'
  ]
}
