/**
 * Question: what do an idle app and an idle collector cost?
 * Method:   an app logs one line and is then quiet for SECONDS; CPU time of both processes meanwhile.
 *           For comparison an app with a transport that does nothing.
 * Command:  node benchmarks/quiet.js        SECONDS=20
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCpuMs } from './helpers/cost.ts'
import { readKnob } from './helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, root } from './helpers/processes.ts'
import { printSection, toTable } from './helpers/report.ts'
import { basicRivals } from './rivals/rivals.ts'

const seconds = readKnob('SECONDS', 20)
const rows: string[][] = []
for (const rival of basicRivals) {
  const folder = new LogFolder()
  const { target = '', options = {}, receiver, stopBy } = await rival.start(folder.path, 1)
  const stopped = receiver && once(receiver, 'exit')
  const app = spawn(process.execPath, [join(root, 'benchmarks/programs/quiet-app.js')], {
    env: { ...process.env, TARGET: target, OPTIONS: JSON.stringify(options) },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const ended = once(app, 'exit')
  await readLine(app)
  await sleep(2000) // until work that follows the start is done
  const pids = [app.pid, receiver?.pid]
  const before = pids.map(readCpuMs)
  await sleep(seconds * 1000)
  const shares = pids.map((pid, index) => (readCpuMs(pid) - (before[index] ?? 0)) / seconds / 10)
  rows.push([rival.name, ...shares.map(share => share.toFixed(2))])
  app.stdin?.end()
  await ended
  if (stopBy) receiver?.kill(stopBy)
  await stopped
  folder.delete()
}
printSection(
  'Quiet',
  `One line, then none for ${seconds} s.`,
  toTable(['pipeline', 'app, % of a core', 'receiver, % of a core'], rows)
)
