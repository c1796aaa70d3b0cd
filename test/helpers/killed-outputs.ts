/** Several logs of a collector that is killed repeatedly. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { startLogger } from './logger.ts'
import { startCollectorProgram } from './program.ts'
import { createRandom } from './seeded-random.ts'
import { waitFor } from './wait.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
const linesAKill = 40_000
const filler = 'x'.repeat(200)

/** The numbers of the lines of all files of a folder, in the order in which the files were created. */
function readNumbers(folder: string): number[] {
  const toIndex = (name: string): number => Number(/\.(\d+)\./.exec(name)?.[1] ?? 0)
  return readdirSync(folder)
    .filter(name => !name.startsWith('.'))
    .toSorted((a, b) => toIndex(a) - toIndex(b))
    .map(name => [name, readFileSync(`${folder}/${name}`)] as const)
    .map(([name, bytes]) => (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
    .flatMap(text => text.split('\n').slice(0, -1))
    .map(line => (JSON.parse(line) as { line: number }).line)
}

/** What the collector is started with besides. */
export const killedCollectors: string[][] = [
  [],
  ['--fsync'],
  ['--max-open-files=2', '--max-size=1m', '--compress']
]

/** Checks that each of several logs gets each of its lines exactly once. @param kills how often the collector is killed */
export async function checkKilledOutputs(t: Test, extra: string[], kills: number): Promise<void> {
  const folder = t.testdir({
    'collector.json': JSON.stringify({
      rotate: 'never',
      outputs: [
        { file: 'by-level/{level}/all.log' },
        { file: 'all/all.log' },
        { file: 'loud/all.log', level: 'warn' },
        { file: 'silent/all.log', level: 70 }
      ]
    })
  })
  const args = ['--config', `${folder}/collector.json`, ...extra]
  let collector = await startCollectorProgram(t, args, { cwd: folder })
  const { address } = collector
  const { logger, stream } = await startLogger(
    t,
    { address, maxBufferBytes: 2 ** 28 },
    { level: 'debug', base: null }
  )
  const draw = createRandom(5)
  const written: { line: number; level: (typeof levels)[number] }[] = []
  for (let kill = 0; kill < kills; kill++) {
    const size = sizeOf(`${folder}/all`)
    for (let index = 0; index < linesAKill; index++) {
      const level = levels[draw(levels.length)] ?? 'info'
      const line = written.length
      logger[level]({ line, filler })
      written.push({ line, level })
    }
    // Some lines are written, some of them to some of the files only.
    await waitFor(() => sizeOf(`${folder}/all`) !== size, 'the first of the lines')
    await sleep(draw(30))
    collector.child.kill('SIGKILL')
    await collector.exited
    collector = await startCollectorProgram(t, [...args, '--bind', address], { cwd: folder })
  }
  // A flush ends after closeTimeoutMs, too soon on a busy machine, and at once when all is delivered.
  for (let tries = 0; tries < 5; tries++) await new Promise(resolve => stream.flush(resolve))
  t.equal(await collector.stop(), 0, collector.stderr())
  const expected = (wanted: readonly string[]): number[] =>
    written.filter(({ level }) => wanted.includes(level)).map(({ line }) => line)
  for (const level of levels) {
    t.ok(isEqual(readNumbers(`${folder}/by-level/${level}`), expected([level])), level)
  }
  t.ok(isEqual(readNumbers(`${folder}/all`), expected(levels)), 'all')
  t.ok(isEqual(readNumbers(`${folder}/loud`), expected(['warn', 'error'])), 'loud')
  t.strictSame(
    readdirSync(`${folder}/silent`).filter(name => !name.startsWith('.')),
    []
  )
  t.notOk(collector.entries().some(({ gap }) => gap !== undefined))
}

/** The size of all files of a folder. */
function sizeOf(folder: string): number {
  const sizes = readdirSync(folder).map(
    name => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size ?? 0
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function isEqual(found: readonly number[], expected: readonly number[]): boolean {
  return found.length === expected.length && found.every((line, index) => line === expected[index])
}
