/**
 * Question: what do placeholders, filters and several outputs cost the collector?
 * Method:   as in ingest.ts, with lines of all levels one after the other: the worst case for
 *           code that reads each record.
 * Command:  node benchmarks/outputs.js        LINES=900000 SENDERS=2 ROUNDS=3
 */
import { writeFileSync } from 'node:fs'
import { measureIngest } from './helpers/ingest-run.ts'
import { readKnob } from '../test/helpers/knobs.ts'
import { startCollector } from './helpers/processes.ts'
import { median, printSection, toSpread, toTable } from './helpers/report.ts'
import { takeTurns } from './helpers/rounds.ts'

const load = {
  lines: readKnob('LINES', 900_000),
  senders: readKnob('SENDERS', 2),
  batchBytes: 262_144,
  isMixed: true
}
const rounds = readKnob('ROUNDS', 3)

interface Configuration {
  outputs: object[]
  copies: number
}

const configurations: Record<string, Configuration> = {
  'one log': { outputs: [{ file: 'all/{date}.log' }], copies: 1 },
  'by `{app}` and `{host}`': { outputs: [{ file: '{app}/{host}/{date}.log' }], copies: 1 },
  'by `{level}`': { outputs: [{ file: '{level}/{date}.log' }], copies: 1 },
  'by event time': { outputs: [{ file: 'all/{date}.log', timeKey: 'time' }], copies: 1 },
  'one log, and another of a third of the lines': {
    outputs: [{ file: 'all/{date}.log' }, { file: 'errors/{date}.log', level: 'error' }],
    copies: 4 / 3
  },
  'two logs of everything': {
    outputs: [{ file: 'a/{date}.log' }, { file: 'b/{date}.log' }],
    copies: 2
  }
}

const runs = await takeTurns(Object.keys(configurations), rounds, name => {
  const { outputs = [], copies = 1 } = configurations[name] ?? {}
  const start = async (folder: string) => {
    const config = JSON.stringify({
      outputs: outputs.map(output => ({
        ...output,
        file: `${folder}/${(output as { file: string }).file}`
      }))
    })
    writeFileSync(`${folder}/collector.json`, config)
    const args = ['--config', `${folder}/collector.json`]
    return { ...(await startCollector(folder, undefined, args)), hasAcks: true }
  }
  return measureIngest(name, start, load, copies)
})
const base = runs.get('one log') ?? []
printSection(
  'Outputs',
  `${load.senders} processes send ${(load.lines * load.senders).toLocaleString('en')} lines of six alternating levels. Medians of ${rounds} rounds, with minimum and maximum in parentheses.`,
  toTable(
    ['logs', 'k lines/s', 'CPU µs/line', 'of one log'],
    [...runs].map(([name, list]) => [
      name,
      toSpread(list.map(({ perMs }) => perMs)),
      toSpread(
        list.map(({ cpuUs }) => cpuUs),
        3
      ),
      (median(list.map(({ cpuUs }) => cpuUs)) / median(base.map(({ cpuUs }) => cpuUs))).toFixed(2)
    ])
  )
)
