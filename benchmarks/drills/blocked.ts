import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countLines } from '../helpers/count-lines.ts'
import { readKnob } from '../../test/helpers/knobs.ts'
import { startCollector } from '../helpers/processes.ts'
import { killCollector, startApps, stopApps, type Drill, type Scene } from './scene.ts'

/** How long the paths are blocked. Unit: ms */
const blockedMs = readKnob('BLOCKED_MS', 3000)
/** What isn't blocked must grow within this time. Unit: ms */
const growthMs = 60_000

/**
 * Of three outputs, one that isn't required can't be written at all, and one that is required can't be written
 * for one app. Everything else goes on meanwhile, over a kill of the collector; then the paths are free again.
 */
export const blocked: Drill = async scene => {
  const { folder } = scene
  const obstacles = [join(folder, 'apps', 'app0'), join(folder, 'copies')]
  mkdirSync(join(folder, 'apps'))
  for (const path of obstacles) writeFileSync(path, 'in the way')
  await killCollector(scene)
  await startWithOutputs(scene)
  const running = startApps(scene, scene.collector.address)
  await expectGrowth(scene)
  await sleep(blockedMs / 2)
  await killCollector(scene)
  await startWithOutputs(scene)
  await expectGrowth(scene)
  await sleep(blockedMs / 2)
  for (const path of obstacles) rmSync(path)
  await expectGrowth(scene, [...obstacles])
  await stopApps(scene, running)
  scene.check = () => checkApps(scene)
}

async function startWithOutputs(scene: Scene): Promise<void> {
  const { folder, collector } = scene
  const config = join(folder, 'collector.json')
  const outputs = [
    { file: join(folder, 'logs', '{date}.log') },
    { file: join(folder, 'apps', '{app}', '{date}.log') },
    { file: join(folder, 'copies', '{date}.log'), required: false }
  ]
  writeFileSync(config, JSON.stringify({ outputs }))
  scene.collector = await startCollector(folder, collector.address, ['--config', config])
}

/** Waits until the files of folders have grown: those of the log, and of an app that isn't blocked. @throws if one doesn't */
async function expectGrowth(
  { folder }: Scene,
  folders = [join(folder, 'logs'), join(folder, 'apps', 'app1')]
): Promise<void> {
  const before = folders.map(countBytes)
  const deadline = performance.now() + growthMs
  while (folders.some((path, index) => countBytes(path) <= (before[index] ?? 0))) {
    if (performance.now() > deadline) throw new Error(`${folders.join(' or ')} does not grow`)
    await sleep(20)
  }
}

/** Bytes of the logs in a folder; 0 where it isn't one. */
function countBytes(folder: string): number {
  try {
    const names = readdirSync(folder).filter(name => name.endsWith('.log'))
    return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    return 0
  }
}

/** Each app's own log must have each of its lines once. @throws otherwise */
function checkApps({ folder, logged }: Scene): void {
  for (const [name, lines] of logged) {
    const count = countLines(join(folder, 'apps', name), new Map([[name, lines]]))
    const { lost, counted, doubled, reordered, torn } = count
    if (lost !== counted || doubled + reordered + torn > 0)
      throw new Error(`the log of ${name}: ${JSON.stringify(count)}`)
  }
}
