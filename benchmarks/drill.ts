/**
 * Question: are lines lost, doubled, reordered or torn when things break again and again?
 * Method:   apps log numbered lines while a scenario of benchmarks/drills runs; at the end every line
 *           of every app is looked for in the files. A line counts as lost unless the log has a
 *           record of the gap.
 * Command:  npm run drill        SCENARIO=kill KILLS=100 RATE=0 SEED=7 npm run drill
 *
 * SCENARIO [all but terminate, which counts processes that abort: see docs/upstream.md, and engine, which needs nats-server], KILLS [10],
 * RATE lines per second and app, 0 = full speed [20000,0], APPS [2], AWAY_MS a killed collector is away, at most [500], SEED [random], KEEP=1 keeps the files,
 * BLOCKED_MS paths can't be written [3000], STOPPED_MS the collector is stopped [20000],
 * CHURN_S senders come and go [60], CHURN_RATE of them a second [300]. tmpfs mounts a small disk, which needs root: it is skipped otherwise
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cannotMount } from '../test/helpers/small-disk.ts'
import { away, spool } from './drills/away.ts'
import { blocked } from './drills/blocked.ts'
import { churn } from './drills/churn.ts'
import { crash } from './drills/crash.ts'
import { engine } from './drills/engine.ts'
import { kill } from './drills/kill.ts'
import { leftovers } from './drills/leftovers.ts'
import { network } from './drills/network.ts'
import { apps, kills, seed, type Drill, type Scene } from './drills/scene.ts'
import { stopped } from './drills/stopped.ts'
import { terminate } from './drills/terminate.ts'
import { tmpfs } from './drills/tmpfs.ts'
import { countLines, type LineCount } from './helpers/count-lines.ts'
import { readChoices, readNumbers, readSwitch } from '../test/helpers/knobs.ts'
import { startCollector } from './helpers/processes.ts'

const usual: Record<string, Drill> = {
  kill,
  network,
  away,
  spool,
  crash,
  leftovers,
  blocked,
  stopped,
  churn,
  tmpfs
}
const drills: Record<string, Drill> = { ...usual, terminate, engine }
const chosen = readChoices('SCENARIO', Object.keys(drills), Object.keys(usual))
const rates = readNumbers('RATE', [20_000, 0])
const isKept = readSwitch('KEEP')

console.log(`drill: ${kills} times, ${apps} apps, seed ${seed}`)
for (const name of chosen) {
  if (name === 'tmpfs' && cannotMount) {
    console.log(`tmpfs: skipped, ${cannotMount}`)
    continue
  }
  const play = drills[name] as Drill
  for (const rate of rates) await runDrill(name, rate, play)
}

async function runDrill(name: string, rate: number, play: Drill): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-drill-'))
  mkdirSync(join(folder, 'logs'))
  const collector = await startCollector(join(folder, 'logs'))
  const scene: Scene = { folder, collector, rate, logged: new Map() }
  await play(scene)
  scene.collector.child.kill('SIGTERM')
  await once(scene.collector.child, 'exit')
  scene.check?.()
  const count = countLines(join(folder, 'logs'), scene.logged)
  const pace = rate === 0 ? 'full speed' : `${rate} lines/s`
  console.log(`${name}, ${pace}: ${describe(count)}`)
  if (isClean(count) && !isKept) return rmSync(folder, { recursive: true })
  console.log(`the files are kept in ${folder}`)
  if (!isClean(count)) process.exitCode = 1
}

function describe({ logged, lost, counted, doubled, reordered, torn }: LineCount): string {
  const uncounted = lost - counted
  return `${logged} lines logged, ${uncounted} lost, ${doubled} doubled, ${reordered} reordered, ${torn} torn, ${counted} dropped and counted`
}

function isClean({ lost, counted, doubled, reordered, torn }: LineCount): boolean {
  return lost === counted && doubled + reordered + torn === 0
}
