/**
 * Question: are lines lost, doubled, reordered or torn when things break again and again?
 * Method:   apps log numbered lines while a scenario runs; at the end every line of every app is
 *           looked for in the files. A line counts as lost unless the log has a record of the gap.
 *   kill    the collector is killed with SIGKILL and started again, KILLS times
 *   network a proxy between apps and collector resets, stalls and half-closes connections, KILLS times
 *   away    the collector is away for longer than the apps' memory lasts; without a spool
 *   spool   the same with a spool
 *   crash   an app with a spool is killed while the collector is away, and started again
 * Command:  npm run drill        SCENARIO=kill KILLS=100 RATE=0 SEED=7 npm run drill
 *
 * SCENARIO [all], KILLS [10], RATE lines a second and app, 0 = as fast as it goes [20000,0],
 * APPS [2], AWAY_MS a killed collector is away, at most [500], SEED [random], KEEP the files
 */
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countLines, type LineCount } from './count-lines.ts'
import { startApp, startCollector, type App, type CollectorProcess } from './processes.ts'
import { Proxy } from './proxy.ts'
import { createRandom } from './random.ts'

const kills = Number(process.env['KILLS'] ?? 10)
const rates = (process.env['RATE'] ?? '20000,0').split(',').map(Number)
const apps = Number(process.env['APPS'] ?? 2)
const awayMs = Number(process.env['AWAY_MS'] ?? 500)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const random = createRandom(seed)

/** What a scenario works with. */
interface Scene {
  folder: string
  collector: CollectorProcess
  /** lines a second and app */
  rate: number
  /** lines logged, by app name */
  logged: Map<string, number>
}

const scenarios: Record<string, (scene: Scene) => Promise<void>> = {
  kill: async scene => {
    const running = startApps(scene, scene.collector.address)
    // A sender on the plain wire, which nobody promises anything, must not disturb the others.
    const plain = startApp('plain', scene.collector.address, 1000, { wire: 'plain' })
    for (let kill = 0; kill < kills; kill++) {
      await sleep(100 + random() * 900)
      await killCollector(scene)
      await sleep(random() * awayMs)
      await restartCollector(scene)
    }
    await plain.stop()
    await stopApps(scene, running)
  },

  network: async scene => {
    const proxy = await Proxy.open(scene.collector.address)
    const running = startApps(scene, proxy.address)
    for (let kill = 0; kill < kills; kill++) {
      await sleep(100 + random() * 900)
      const what = Math.floor(random() * 3)
      if (what === 0) proxy.cut()
      else if (what === 1) proxy.halfClose()
      else proxy.stall()
      await sleep(random() * awayMs)
      proxy.resume()
    }
    await stopApps(scene, running)
    proxy.close()
  },

  away: scene => stayAway(scene, {}),

  spool: scene => stayAway(scene, { spool: { dir: join(scene.folder, 'spool') } }),

  crash: async scene => {
    const dir = join(scene.folder, 'spool')
    const options = { ...smallMemory, spool: { dir, maxBytes: 64 * 1024 * 1024 } }
    const { address } = scene.collector
    await killCollector(scene)
    const victim = startApp('app0', address, scene.rate, options)
    while (!existsSync(dir) || readdirSync(dir).filter(isSegment).length < 2) await sleep(10)
    victim.child.kill('SIGKILL')
    await once(victim.child, 'close')
    await restartCollector(scene)
    const heir = startApp('app1', address, scene.rate, options)
    while (readdirSync(dir).some(isSegment)) await sleep(50)
    await stopApps(scene, [heir])
    // Only what had reached the spool can be asked for: it is adopted, and the rest died with the app.
    scene.logged.set('app0', heir.adoptedRecords())
  }
}

const smallMemory = { maxBufferBytes: 1024 * 1024, stallMs: 200 }

console.log(`drill: ${kills} times, ${apps} apps, seed ${seed}`)
const chosen = process.env['SCENARIO']?.split(',') ?? Object.keys(scenarios)
for (const name of chosen) {
  const play = scenarios[name]
  if (!play) throw new Error(`unknown scenario ${name}: ${Object.keys(scenarios).join(', ')}`)
  for (const rate of rates) await runScenario(name, rate, play)
}

async function runScenario(
  name: string,
  rate: number,
  play: (scene: Scene) => Promise<void>
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-drill-'))
  mkdirSync(join(folder, 'logs'))
  const collector = await startCollector(join(folder, 'logs'))
  const scene: Scene = { folder, collector, rate, logged: new Map() }
  await play(scene)
  scene.collector.child.kill('SIGTERM')
  await once(scene.collector.child, 'exit')
  const count = countLines(join(folder, 'logs'), scene.logged)
  const pace = rate === 0 ? 'full speed' : `${rate} lines/s`
  console.log(`${name}, ${pace}: ${describe(count)}`)
  if (isClean(count) && process.env['KEEP'] === undefined)
    return rmSync(folder, { recursive: true })
  console.log(`the files are kept in ${folder}`)
  process.exitCode = 1
}

function describe({ logged, lost, counted, doubled, reordered, torn }: LineCount): string {
  const uncounted = lost - counted
  return `${logged} lines logged, ${uncounted} lost, ${doubled} doubled, ${reordered} reordered, ${torn} torn, ${counted} dropped and counted`
}

function isClean({ lost, counted, doubled, reordered, torn }: LineCount): boolean {
  return lost === counted && doubled + reordered + torn === 0
}

/** The collector is away until the apps have written several times what their memory holds. */
async function stayAway(scene: Scene, options: object): Promise<void> {
  const running = startApps(scene, scene.collector.address, { ...smallMemory, ...options })
  await sleep(500)
  await killCollector(scene)
  await sleep(2000)
  await restartCollector(scene)
  await sleep(500)
  await stopApps(scene, running)
  // What the apps left in their spool when they ended is a later process's to deliver.
  const dir = join(scene.folder, 'spool')
  if (!existsSync(dir)) return
  const heir = startApp(
    'heir',
    scene.collector.address,
    1,
    { ...smallMemory, ...options },
    { MAX: '0' }
  )
  while (readdirSync(dir).some(isSegment)) await sleep(50)
  await stopApps(scene, [heir])
}

function startApps({ rate }: Scene, address: string, options: object = {}): App[] {
  return Array.from({ length: apps }, (_, index) => startApp(`app${index}`, address, rate, options))
}

async function stopApps({ logged }: Scene, running: App[]): Promise<void> {
  for (const app of running) logged.set(app.name, await app.stop())
}

async function killCollector({ collector: { child } }: Scene): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function restartCollector(scene: Scene): Promise<void> {
  scene.collector = await startCollector(join(scene.folder, 'logs'), scene.collector.address)
}

function isSegment(name: string): boolean {
  return name.endsWith('.seg')
}
