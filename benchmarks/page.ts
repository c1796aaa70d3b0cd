/**
 * Question: what does a browser that watches live records cost the collector and the app?
 * Method:   one app logs RATE lines a second, evenly over time, to a collector with --ui; a client reads the live records
 *           as a browser does, in this process, whose time isn't counted. CPU time of all threads of app and
 *           collector is counted for SECONDS, after WARM seconds that aren't. Kinds of viewers take turns, in ROUNDS
 *           rounds. A run in which a line is missing from the file is void.
 * Command:  node benchmarks/page.js        RATE=50000 WARM=10 SECONDS=5 ROUNDS=3
 *           VIEWERS=none,all,level,text (nobody watches, no filter, level=error, a text that no line has)
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { readEvents, logIn, open } from '../test/helpers/page-requests.ts'
import { readCpuMs, readPeakMiB, readThreadsMs } from './helpers/cost.ts'
import { readChoices, readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { readLine, startCollector, startProgram } from './helpers/processes.ts'
import { median, printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'
import { loopback } from '../test/helpers/loopback.ts'

/** What each kind of viewer asks for; undefined = there is none. */
const queries = {
  none: undefined,
  all: '',
  level: '?level=error',
  text: '?text=not there'
} as const
type Viewer = keyof typeof queries

const names: Readonly<Record<Viewer, string>> = {
  none: 'none',
  all: 'all records',
  level: 'errors only',
  text: 'a text that no line has'
}

/** What a run cost; those in Us are µs a line. */
interface Cost {
  appUs: number
  collectorUs: number
  /** of the collector's main thread, which receives and writes */
  mainUs: number
  collectorMiB: number
  /** lines a second that the viewer was sent, and that it was told of */
  shown: number
  total: number
}

const rate = readKnob('RATE', 50_000)
const warmSeconds = readKnob('WARM', 10)
const seconds = readKnob('SECONDS', 5)
const rounds = readKnob('ROUNDS', 3)
const viewers = readChoices('VIEWERS', Object.keys(queries) as Viewer[])
/** What was received is written by then. Unit: ms */
const lagMs = 200

const costs = await takeTurns(viewers, rounds, measure, 0)
printSection(
  'The page',
  `One app, ${rate.toLocaleString('en')} lines per second, measured for ${seconds} s after a warm-up of ${warmSeconds} s; a browser watches the live records of \`--ui\`. Medians of ${rounds} rounds, with minimum and maximum in parentheses. The thread of the page is in the collector's time, and not in that of its main thread.`,
  toTable(
    [
      'viewer',
      'app CPU µs/line',
      'collector CPU µs/line',
      'of its main thread',
      'collector peak MiB',
      'shown lines/s',
      'of lines/s'
    ],
    [...costs].map(([viewer, list]) => [
      names[viewer],
      ...(['appUs', 'collectorUs', 'mainUs'] as const).map(key =>
        toSpread(
          list.map(cost => cost[key]),
          2
        )
      ),
      ...(['collectorMiB', 'shown', 'total'] as const).map(key =>
        median(list.map(cost => cost[key])).toFixed(0)
      )
    ])
  )
)

async function measure(viewer: Viewer): Promise<Cost | undefined> {
  const folder = new LogFolder()
  const args = ['--ui', `${loopback}:0`]
  const { child, address, url } = await startCollector(folder.path, undefined, args)
  const stopped = once(child, 'exit')
  const seen = { shown: 0, total: 0 }
  const query = queries[viewer]
  if (query !== undefined) await watch(url, query, seen)
  const app = startProgram('everyday-app', {
    TARGET: 'zmq-pub',
    OPTIONS: JSON.stringify({ address }),
    RATE: String(rate),
    LOGGERS: '1',
    WARM: String(warmSeconds),
    SECONDS: String(seconds)
  })
  const ended = once(app, 'exit')
  const read = (): number[] => [readCpuMs(app.pid), readCpuMs(child.pid), readMainMs(child.pid)]
  await readLine(app)
  const before = read()
  const seenBefore = { ...seen }
  await readLine(app)
  await sleep(lagMs)
  const [appUs = 0, collectorUs = 0, mainUs = 0] = read().map(
    (ms, index) => ((ms - (before[index] ?? 0)) * 1000) / (rate * seconds)
  )
  const collectorMiB = readPeakMiB(child.pid)
  const [shown, total] = (['shown', 'total'] as const).map(
    key => (seen[key] - seenBefore[key]) / seconds
  ) as [number, number]
  app.stdin?.write('close\n')
  await ended
  await folder.settle()
  child.kill('SIGTERM')
  await stopped
  const lines = Math.round(rate * (warmSeconds + seconds))
  const arrived = folder.countLines()
  folder.delete()
  const us = `app ${appUs.toFixed(2)}, collector ${collectorUs.toFixed(2)} µs a line`
  printProgress(
    `${names[viewer]}: ${arrived === lines ? us : `void, ${arrived} of ${lines} lines`}, ${shown.toFixed(0)} of ${total.toFixed(0)} lines/s shown`
  )
  if (arrived !== lines) return undefined
  return { appUs, collectorUs, mainUs, collectorMiB, shown, total }
}

/** Reads live records until the collector ends, and counts them. */
async function watch(url: string, query: string, seen: { shown: number; total: number }) {
  const { port, hash } = new URL(url)
  const headers = await logIn(Number(port), hash.replace('#token=', ''))
  const path = `/api/live${query.replaceAll(' ', '%20')}`
  const events = readEvents(await open(Number(port), path, { headers }))
  await events.next() // it watches from now on
  void (async () => {
    for await (const { data } of events) {
      seen.shown += Number(data['shown'])
      seen.total += Number(data['total'])
    }
  })()
}

/** CPU time of the main thread. Unit: ms */
function readMainMs(pid: number | undefined): number {
  const [, ms = 0] = [...readThreadsMs(pid)].find(([name]) => name.endsWith(` ${pid}`)) ?? []
  return ms
}
