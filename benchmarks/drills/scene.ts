/** What all drills share: knobs, apps that log numbered lines, and a collector that can be killed. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createRandom } from '../../test/helpers/seeded-random.ts'
import { readKnob } from '../../test/helpers/knobs.ts'
import { startApp, startCollector, type App, type CollectorProcess } from '../helpers/processes.ts'

/** How often something is broken. */
export const kills = readKnob('KILLS', 10)
/** How many apps log. */
export const apps = readKnob('APPS', 2)
/** A killed collector is away for at most this long. Unit: ms */
export const awayMs = readKnob('AWAY_MS', 500)
/** The seed of `random`. */
export const seed = readKnob('SEED', Math.floor(Math.random() * 2 ** 31))
/** Draws from 0 to `below` - 1. */
export const random = createRandom(seed)

/** Options of an app whose buffer is soon full. */
export const smallMemory = { maxBufferBytes: 1024 * 1024, stallMs: 200 }

/** What a drill works on. */
export interface Scene {
  folder: string
  collector: CollectorProcess
  /** lines per second and app, 0 = full speed */
  rate: number
  /** lines logged, by app name */
  logged: Map<string, number>
  /** called when the collector has ended; throws where something is wrong */
  check?: () => void
}

/** One way to break things; the lines in `logged` must be in the files afterwards, or counted as missing. */
export type Drill = (scene: Scene) => Promise<void>

/** Starts the apps of a drill. */
export function startApps({ rate }: Scene, address: string, options: object = {}): App[] {
  return Array.from({ length: apps }, (_, index) => startApp(`app${index}`, address, rate, options))
}

/** Ends apps, and notes how many lines each has logged. */
export async function stopApps({ logged }: Scene, running: readonly App[]): Promise<void> {
  for (const app of running) logged.set(app.name, await app.stop())
}

/** Kills the collector with SIGKILL. */
export async function killCollector({ collector: { child } }: Scene): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Starts the collector again, at the same address. */
export async function restartCollector(scene: Scene): Promise<void> {
  scene.collector = await startCollector(join(scene.folder, 'logs'), scene.collector.address)
}

/** Whether a name in a spool's folder is that of a segment. */
export function isSegment(name: string): boolean {
  return name.endsWith('.seg')
}
