import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Segment } from '../../lib/transport/spool/segment.ts'
import { fromHexId } from '../../lib/wire/id.ts'
import {
  leftovers as shapes,
  listContents,
  oddNames,
  plantLeftover
} from '../../test/helpers/leftovers.ts'
import { startApp } from '../helpers/processes.ts'
import {
  isSegment,
  killCollector,
  restartCollector,
  smallMemory,
  startApps,
  stopApps,
  type Drill
} from './scene.ts'

/**
 * Apps share a spool's folder that is full of files that no spool leaves, around one that a killed app
 * left: its records arrive, those of the apps do, and the other files stay as they are.
 */
export const leftovers: Drill = async scene => {
  const dir = join(scene.folder, 'spool')
  mkdirSync(dir)
  for (const name of oddNames) mkdirSync(join(dir, name))
  for (const [index, shape] of shapes.entries()) {
    // One half sorts before the spools of the apps, whose ids are random, the other half behind them.
    const hexId = `${index % 2 === 0 ? '0' : 'f'}${String(index).padStart(15, '0')}`
    plantLeftover(shape, dir, hexId)
  }
  const planted = listContents(dir)
  const isPlanted = (name: string): boolean => planted.some(([other]) => other === name)
  const segments = (): string[] =>
    readdirSync(dir).filter(name => isSegment(name) && !isPlanted(name))
  const options = { ...smallMemory, spool: { dir, maxBytes: 64 * 1024 * 1024 } }
  const { address } = scene.collector
  await killCollector(scene)
  const victim = startApp('victim', address, scene.rate, options)
  while (segments().length < 2) await sleep(10)
  victim.child.kill('SIGKILL')
  await once(victim.child, 'close')
  // Only records in the spool must arrive; those in memory were lost with the app.
  scene.logged.set('victim', countRecords(dir, segments()))
  const running = startApps(scene, address, options)
  await sleep(1000)
  await restartCollector(scene)
  await sleep(500)
  await stopApps(scene, running)
  const heir = startApp('heir', address, 1, options, { MAX: '0' })
  while (segments().length > 0) await sleep(50)
  await stopApps(scene, [heir])
  if (!isDeepStrictEqual(listContents(dir), planted)) {
    const names = listContents(dir).map(([name]) => name)
    throw new Error(`the leftovers have changed: ${names.join(', ')}`)
  }
}

/** The records in some segments. @param names of one sender id's */
function countRecords(dir: string, names: readonly string[]): number {
  let records = 0
  for (const name of names) {
    const [hexId = '', first] = name.split(/[-.]/)
    const segment = Segment.open(join(dir, name), fromHexId(hexId))
    for (const { count } of segment.scan(Number(first))) records += count
    segment.close()
  }
  return records
}
