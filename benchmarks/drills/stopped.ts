import { setTimeout as sleep } from 'node:timers/promises'
import { readKnob } from '../../test/helpers/knobs.ts'
import { startApps, stopApps, type Drill } from './scene.ts'

/** How long the collector is stopped. Unit: ms */
const stoppedMs = readKnob('STOPPED_MS', 20_000)

/** The collector is stopped by SIGSTOP, and continued, as by a debugger or a host that is moved. */
export const stopped: Drill = async scene => {
  const running = startApps(scene, scene.collector.address)
  await sleep(1000)
  scene.collector.child.kill('SIGSTOP')
  await sleep(stoppedMs)
  scene.collector.child.kill('SIGCONT')
  await sleep(500)
  await stopApps(scene, running)
}
