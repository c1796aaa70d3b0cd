import { setTimeout as sleep } from 'node:timers/promises'
import { Proxy } from '../../test/helpers/proxy.ts'
import { awayMs, kills, random, startApps, stopApps, type Drill } from './scene.ts'

/** A proxy between apps and collector resets, half-closes and stalls connections, KILLS times. */
export const network: Drill = async scene => {
  const proxy = await Proxy.open(scene.collector.address)
  const running = startApps(scene, proxy.address)
  const faults = [() => proxy.cut(), () => proxy.halfClose(), () => proxy.stall()]
  for (let count = 0; count < kills; count++) {
    await sleep(100 + random(900))
    faults[random(faults.length)]?.()
    await sleep(random(awayMs))
    proxy.resume()
  }
  await stopApps(scene, running)
  proxy.close()
}
