/**
 * Question: are lines lost, doubled, reordered or torn when the collector is killed again and again?
 * Method:   apps log numbered lines; the collector is killed with SIGKILL and started again at
 *           random moments; at the end every line of every app is looked for in the files.
 * Command:  npm run drill        KILLS=100 RATE=0 SEED=7 npm run drill
 *
 * KILLS per round [10], RATE lines a second and app, one round each, 0 = as fast as it goes
 * [20000,0], APPS [2], AWAY_MS the collector is away after a kill, at most [500], SEED [random]
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countLines } from './count-lines.ts'
import { startApp, startCollector, type App } from './processes.ts'
import { createRandom } from './random.ts'

const kills = Number(process.env['KILLS'] ?? 10)
const rates = (process.env['RATE'] ?? '20000,0').split(',').map(Number)
const apps = Number(process.env['APPS'] ?? 2)
const awayMs = Number(process.env['AWAY_MS'] ?? 500)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = createRandom(seed)

console.log(`drill: ${kills} kills a round, ${apps} apps, seed ${seed}`)
for (const rate of rates) {
  const count = await runRound(rate)
  const { logged, counted, ...faults } = count
  const isClean = Object.values(faults).every(fault => fault === 0)
  const pace = rate === 0 ? 'full speed' : `${rate} lines/s`
  const said = Object.entries(faults).map(([name, fault]) => `${fault} ${name}`)
  console.log(`${pace}: ${logged} lines logged, ${said.join(', ')}, ${counted} counted as missing`)
  if (!isClean) process.exitCode = 1
}

async function runRound(rate: number): Promise<ReturnType<typeof countLines>> {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-drill-'))
  let collector = await startCollector(folder)
  const { address } = collector
  const running = Array.from({ length: apps }, (_, index) => startApp(`app${index}`, address, rate))
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + random() * 900)
    collector.child.kill('SIGKILL')
    await once(collector.child, 'exit')
    await sleep(random() * awayMs)
    collector = await startCollector(folder, address)
  }
  const logged = new Map<string, number>()
  for (const app of running) logged.set(app.name, await stopApp(app))
  collector.child.kill('SIGTERM')
  await once(collector.child, 'exit')
  const count = countLines(folder, logged)
  if (count.lost + count.doubled + count.reordered + count.torn === 0) rmSync(folder, { recursive: true })
  else console.log(`the files are kept in ${folder}`)
  return count
}

/** @returns how many lines it has logged */
async function stopApp({ child, output }: App): Promise<number> {
  child.stdin?.end()
  await once(child, 'close')
  return Number(output())
}
