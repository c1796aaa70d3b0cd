import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../helpers/processes.ts'
import {
  awayMs,
  killCollector,
  kills,
  random,
  restartCollector,
  startApps,
  stopApps,
  type Drill
} from './scene.ts'

/** The collector is killed with SIGKILL and started again, KILLS times. */
export const kill: Drill = async scene => {
  const running = startApps(scene, scene.collector.address)
  // A sender on the plain wire, without guarantees, must not disturb the others.
  const plain = startApp('plain', scene.collector.address, 1000, { wire: 'plain' })
  for (let count = 0; count < kills; count++) {
    await sleep(100 + random(900))
    await killCollector(scene)
    await sleep(random(awayMs))
    await restartCollector(scene)
  }
  await plain.stop()
  await stopApps(scene, running)
}
