import type { Test } from 'tap'
import { startProgram } from './program.ts'

/** How a drill is run. */
export interface DrillRun {
  /** lines per second and app of each round, 0 = full speed */
  rates?: number[]
  /** how often something is broken in a round: the second time follows a recovery, a third proves nothing more */
  kills?: number
  /** further settings of benchmarks/drill.ts */
  env?: NodeJS.ProcessEnv
}

/** Runs a scenario of `npm run drill`, one round at each rate: nothing may be lost, doubled, reordered or torn. */
export async function checkDrill(t: Test, scenario: string, run: DrillRun = {}): Promise<void> {
  const { rates = [20_000, 0], kills = 2, env = {} } = run
  const settings = { SCENARIO: scenario, KILLS: String(kills), RATE: rates.join(), ...env }
  const drill = startProgram(t, 'benchmarks/drill.js', { env: settings })
  const { code } = await drill.exited
  const output = drill.stdout() + drill.stderr()
  t.equal(code, 0, output)
  const rounds = output.match(/\d+ lines logged, 0 lost, 0 doubled, 0 reordered, 0 torn/g)
  t.equal(rounds?.length, rates.length, output)
}
