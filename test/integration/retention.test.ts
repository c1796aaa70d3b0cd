/** What a running collector deletes when clocks and records tell wrong times. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { endTransport, startLogger } from '../helpers/logger.ts'
import { waitFor } from '../helpers/wait.ts'

const dayMs = 86_400_000

function toDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** Files of the last days, without today. @returns their names, the newest first */
function makeLastDays(folder: string, days: number): string[] {
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: days }, (_, index) => {
    const written = new Date(Date.now() - (index + 1) * dayMs)
    const name = `${toDay(written.getTime())}.log`
    writeFileSync(`${folder}/${name}`, 'line\n')
    utimesSync(`${folder}/${name}`, written, written)
    return name
  })
}

test('records with wrong times do not push out the last days', async t => {
  const folder = t.testdir()
  const days = makeLastDays(folder, 7)
  const { address, entries } = await startCollector(t, {
    file: `${folder}/{date}.log`,
    timezone: 'utc',
    timeKey: 'time',
    keepFiles: 5
  })
  const monthAgo = Date.now() - 31 * dayMs
  const future = Array.from({ length: 69 }, (_, index) => Date.UTC(2031 + index, 5, 1))
  const times = [Date.now(), ...future, ...Array<number>(10).fill(monthAgo)]
  const today = toDay(Date.now())
  let time = 0
  const timestamp = (): string => `,"time":${time}`
  const { logger, stream } = await startLogger(t, { address }, { timestamp })
  for (time of times) logger.info('x')
  await endTransport(stream)
  const deleted = await waitFor(() => {
    const paths = entries.filter(({ msg }) => msg === 'deleted').map(({ path }) => String(path))
    return paths.length >= 3 && paths
  }, 'three files to be deleted')
  t.strictSame(
    deleted.map(path => path.slice(folder.length + 1)),
    days.slice(4).toReversed()
  )
  const kept = [today, toDay(monthAgo), ...future.map(toDay)].map(day => `${day}.log`)
  t.strictSame(
    readdirSync(folder).filter(name => !name.startsWith('.')),
    [...kept, ...days.slice(0, 4)].toSorted()
  )
})

test('a clock that jumps to 2031 and back deletes nothing', async t => {
  const folder = t.testdir()
  const days = makeLastDays(folder, 7)
  let aheadMs = 0
  const options = {
    file: `${folder}/{date}.log`,
    timezone: 'utc',
    keepDays: 10,
    keepFiles: 9, // the days before, today, and one of the wrong clock
    compress: true
  }
  const { address, waitForLines } = await startCollector(t, options, () => Date.now() + aheadMs)
  const { logger, stream } = await startLogger(t, { address })
  const wait = (name: string): Promise<boolean> =>
    waitFor(() => readdirSync(folder).includes(name), name)
  logger.info('today')
  const today = `${toDay(Date.now())}.log`
  for (const name of [today, ...days.map(day => `${day}.gz`)]) await wait(name)
  aheadMs = Date.UTC(2031, 0, 1) - Date.now()
  logger.info('in the year 2031')
  for (const name of ['2031-01-01.log', `${today}.gz`]) await wait(name)
  aheadMs = 0
  logger.info('today again')
  const again = today.replace('.log', '.1.log')
  for (const name of [again, '2031-01-01.log.gz']) await wait(name)
  // A file is deleted when its compressed copy is there.
  await waitFor(() => !readdirSync(folder).includes('2031-01-01.log'), 'the end of the compression')
  await endTransport(stream)
  await waitForLines(0)
  t.strictSame(
    readdirSync(folder).filter(name => !name.startsWith('.')),
    [...days.map(day => `${day}.gz`), `${today}.gz`, again, '2031-01-01.log.gz'].toSorted()
  )
})
