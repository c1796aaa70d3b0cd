import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mountAt, resizeDisk, unmount } from '../../test/helpers/small-disk.ts'
import { startCollector } from '../helpers/processes.ts'
import { killCollector, kills, startApps, stopApps, type Drill, type Scene } from './scene.ts'

/** Soon full. */
const diskSize = '4m'
/** Several files on the disk. Unit: bytes, as an option */
const maxSize = '512k'
/** A disk is full when less is free: no file can be filled any more. Unit: bytes */
const fullBytes = 1024 * 1024
/** A collector that has written nothing for so long is stuck. Unit: ms */
const stuckMs = 1500
/** It must go on within this time when there is room. Unit: ms */
const growthMs = 60_000

/**
 * The logs are on a small disk, which is full all the time. KILLS times somebody makes room: by moving away closed files,
 * or the file that is being written; in between the collector is killed and started again on the full disk.
 * The moved files count: whatever is acknowledged must be in one of them, or on the disk.
 */
export const tmpfs: Drill = async scene => {
  const { folder } = scene
  const logs = join(folder, 'logs')
  mkdirSync(join(folder, 'shelf'))
  await killCollector(scene)
  mountAt(logs, diskSize)
  process.once('exit', () => existsSync(join(logs, '.mounted')) && unmount(logs)) // where the drill has failed
  writeFileSync(join(logs, '.mounted'), '')
  await start(scene)
  const running = startApps(scene, scene.collector.address, { maxBufferBytes: 8 * 1024 * 1024 })
  for (let count = 0; count < kills; count++) {
    await waitUntilStuck(logs)
    if (count % 3 === 2) {
      await killCollector(scene)
      await start(scene)
      await waitUntilStuck(logs)
    }
    const names = listLogs(logs)
    shelve(folder, count % 2 === 0 ? names.slice(0, -1) : names.slice(-1))
    await waitUntilGrowing(logs)
  }
  resizeDisk(logs, '1g')
  await stopApps(scene, running)
  scene.check = () => {
    shelve(folder, listLogs(logs))
    unmount(logs)
    const shelf = join(folder, 'shelf')
    for (const name of readdirSync(shelf)) renameSync(join(shelf, name), join(logs, name))
  }
}

async function start(scene: Scene): Promise<void> {
  const { folder, collector } = scene
  const args = ['--max-size', maxSize]
  scene.collector = await startCollector(join(folder, 'logs'), collector.address, args)
}

/** Names of the logs in a folder, the oldest first. */
function listLogs(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.log'))
    .toSorted((a, b) => toSortable(a).localeCompare(toSortable(b)))
}

/** `2026-11-23.7.log` as `2026-11-23.00007`. */
function toSortable(name: string): string {
  const [day = '', index = '0'] = name.split('.')
  return `${day}.${index.replace('log', '0').padStart(5, '0')}`
}

let shelved = 0

/** Moves files to another disk, as mv does: it copies them, and deletes them then. Their new names are in the order of their lines. */
function shelve(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(folder, 'logs', name)
    const number = String(++shelved).padStart(5, '0')
    copyFileSync(path, join(folder, 'shelf', `${toSortable(name)}.${number}.log`))
    unlinkSync(path)
  }
}

/** What is in a folder, as a text that changes when a log grows. */
function describe(folder: string): string {
  return listLogs(folder)
    .map(name => `${name} ${statSync(join(folder, name)).size}`)
    .join()
}

async function waitUntilStuck(folder: string): Promise<void> {
  let [before, since] = ['', performance.now()]
  for (;;) {
    await sleep(50)
    const now = describe(folder)
    const { bavail, bsize } = statfsSync(folder)
    if (now !== before || bavail * bsize >= fullBytes) [before, since] = [now, performance.now()]
    if (performance.now() - since > stuckMs) return
  }
}

async function waitUntilGrowing(folder: string): Promise<void> {
  const before = describe(folder)
  const deadline = performance.now() + growthMs
  while (describe(folder) === before) {
    if (performance.now() > deadline) throw new Error(`${folder} has room and does not grow`)
    await sleep(20)
  }
}
