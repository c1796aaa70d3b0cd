/**
 * Question: how long after its log call is a line in the file?
 * Method:   an app logs each of RATES lines a second for SECONDS, each with the time of its call; this
 *           program reads the file every millisecond, and takes the time at which it finds a line.
 *           The first second isn't counted. A run in which a line is missing is void.
 * Command:  node benchmarks/latency.js        RATES=20,1000 SECONDS=10
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { readKnob, readNumbers } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { root } from './helpers/processes.ts'
import { printProgress, printSection, toTable } from './helpers/report.ts'
import { basicRivals, type Rival } from './rivals/rivals.ts'

const rates = readNumbers('RATES', [20, 1000])
const seconds = readKnob('SECONDS', 10)
const rows: string[][] = []
for (const rate of rates) {
  for (const rival of basicRivals.filter(({ hasFile }) => hasFile !== false)) {
    rows.push([String(rate), rival.name, ...(await measure(rival, rate))])
  }
}
printSection(
  'Latency',
  `One app logs at a steady rate for ${seconds} s. Latency is the time from the log call until the line can be read from the file, accurate to 1 ms.`,
  toTable(['lines/s', 'pipeline', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], rows)
)

async function measure(rival: Rival, rate: number): Promise<string[]> {
  const folder = new LogFolder()
  const { target = '', options = {}, receiver, stopBy } = await rival.start(folder.path, 0)
  const stopped = receiver && once(receiver, 'exit')
  const app = spawn(process.execPath, [join(root, 'benchmarks/programs/latency-app.js')], {
    env: {
      ...process.env,
      TARGET: target,
      OPTIONS: JSON.stringify(options),
      RATE: String(rate)
    },
    stdio: ['ignore', 'inherit', 'inherit']
  })
  const ended = once(app, 'exit')
  const us = createHistogram()
  let lines = 0
  for await (const { text, foundAt } of follow(folder.path, ended)) {
    for (const line of text) {
      const { loggedAt } = JSON.parse(line) as { loggedAt: number }
      if (lines++ >= rate) us.record(Math.max(1, Math.round((foundAt - loggedAt) * 1000)))
    }
  }
  if (stopBy) receiver?.kill(stopBy)
  await stopped
  folder.delete()
  printProgress(`${rival.name}: ${lines} of ${rate * seconds} lines`)
  if (lines !== rate * seconds) return ['void', '', '', '']
  return [50, 95, 99, 100].map(percent => (us.percentile(percent) / 1000).toFixed(1))
}

/** The lines of a folder's only log, until the app has ended and no more lines come. */
async function* follow(
  folder: string,
  ended: Promise<unknown>
): AsyncGenerator<{ text: string[]; foundAt: number }> {
  const state = { isEnded: false }
  void ended.then(() => (state.isEnded = true))
  const buffer = Buffer.alloc(1024 * 1024)
  let rest = ''
  let fd: number | undefined
  for (let idle = 0; idle < 500 || !state.isEnded; idle++) {
    fd ??= openLog(folder)
    const length = fd === undefined ? 0 : readSync(fd, buffer)
    const foundAt = performance.timeOrigin + performance.now()
    if (length > 0) {
      const text = (rest + buffer.toString('utf8', 0, length)).split('\n')
      rest = text.pop() ?? ''
      yield { text, foundAt }
      idle = 0
    }
    await sleep(1)
  }
  if (fd !== undefined) closeSync(fd)
}

function openLog(folder: string): number | undefined {
  const name = readdirSync(folder).find(file => file.endsWith('.log'))
  const path = join(folder, name ?? '')
  return name !== undefined && existsSync(path) ? openSync(path, 'r') : undefined
}
