import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../helpers/processes.ts'
import {
  isSegment,
  killCollector,
  restartCollector,
  smallMemory,
  stopApps,
  type Drill
} from './scene.ts'

/** An app with a spool is killed while the collector is away, and another one delivers its spool. */
export const crash: Drill = async scene => {
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
  // Only records in the spool must arrive; those in memory were lost with the app.
  scene.logged.set('app0', heir.adoptedRecords())
}
