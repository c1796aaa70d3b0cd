import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../helpers/processes.ts'
import { kills, type Drill } from './scene.ts'

/** Workers that one process terminates. */
const rounds = 60

/**
 * KILLS processes terminate the workers of transports that log. How many of them that takes down depends
 * on chance and on the machine, see docs/upstream.md: it is said, and fails nothing.
 */
export const terminate: Drill = async ({ collector, rate }) => {
  const linesPerMs = rate === 0 ? 200 : Math.max(1, Math.round(rate / 1000))
  let aborted = 0
  let survived = 0
  for (let count = 0; count < kills; count++) {
    const { signal, output } = await runApp(collector.address, linesPerMs)
    survived += Number(output.trim().split('\n').at(-1))
    if (signal === 'SIGABRT') aborted++
    else if (signal !== null) throw new Error(`a process ended by ${signal}`)
  }
  console.log(
    `${aborted} of ${kills} processes aborted, ${survived} workers were terminated before`
  )
}

async function runApp(
  address: string,
  linesPerMs: number
): Promise<{ signal: NodeJS.Signals | null; output: string }> {
  const env = { ...process.env, ADDRESS: address, ROUNDS: `${rounds}`, LINES: `${linesPerMs}` }
  const script = join(root, 'benchmarks/programs/terminate-app.js')
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { signal, output }
}
