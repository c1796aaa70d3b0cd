import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../helpers/processes.ts'
import {
  isSegment,
  killCollector,
  restartCollector,
  smallMemory,
  startApps,
  stopApps,
  type Drill,
  type Scene
} from './scene.ts'

/** The collector is away for longer than the apps can buffer; without a spool. */
export const away: Drill = scene => stayAway(scene, {})

/** The same with a spool. */
export const spool: Drill = scene =>
  stayAway(scene, { spool: { dir: join(scene.folder, 'spool') } })

/** The collector is away until the apps have logged several times what they can buffer. */
async function stayAway(scene: Scene, options: object): Promise<void> {
  const running = startApps(scene, scene.collector.address, { ...smallMemory, ...options })
  await sleep(500)
  await killCollector(scene)
  await sleep(2000)
  await restartCollector(scene)
  await sleep(500)
  await stopApps(scene, running)
  // A later process delivers what the apps left in their spools.
  const dir = join(scene.folder, 'spool')
  if (!existsSync(dir)) return
  const { address } = scene.collector
  const heir = startApp('heir', address, 1, { ...smallMemory, ...options }, { MAX: '0' })
  while (readdirSync(dir).some(isSegment)) await sleep(50)
  await stopApps(scene, [heir])
}
