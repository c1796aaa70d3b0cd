/** What all drills work with: apps that log numbered lines, and a collector that can be killed. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createRandom } from '../../test/helpers/seeded-random.ts'
import { readKnob } from '../helpers/knobs.ts'
import { startApp, startCollector, type App, type CollectorProcess } from '../helpers/processes.ts'

export const kills = readKnob('KILLS', 10)
export const apps = readKnob('APPS', 2)
export const awayMs = readKnob('AWAY_MS', 500)
export const seed = readKnob('SEED', Math.floor(Math.random() * 2 ** 31))
export const random = createRandom(seed)

/** Options of an app whose memory is soon full. */
export const smallMemory = { maxBufferBytes: 1024 * 1024, stallMs: 200 }

export interface Scene {
  folder: string
  collector: CollectorProcess
  /** lines per second and app, 0 = full speed */
  rate: number
  /** lines logged, by app name */
  logged: Map<string, number>
}

/** One way to break things; what it logs must be in the files afterwards, or counted as missing. */
export type Drill = (scene: Scene) => Promise<void>

export function startApps({ rate }: Scene, address: string, options: object = {}): App[] {
  return Array.from({ length: apps }, (_, index) => startApp(`app${index}`, address, rate, options))
}

export async function stopApps({ logged }: Scene, running: readonly App[]): Promise<void> {
  for (const app of running) logged.set(app.name, await app.stop())
}

export async function killCollector({ collector: { child } }: Scene): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export async function restartCollector(scene: Scene): Promise<void> {
  scene.collector = await startCollector(join(scene.folder, 'logs'), scene.collector.address)
}

/** Whether a file of a spool holds records. */
export function isSegment(name: string): boolean {
  return name.endsWith('.seg')
}
