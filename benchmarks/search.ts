/**
 * Question: how long does a search in a day's log take, compared with ripgrep, zgrep and jq?
 * Method:   a log of BYTES with a known number of needles, plain and compressed as the collector does. Each command is
 *           run ROUNDS times as a process of its own, its start included, and its output is counted: a wrong number of
 *           lines is an error. Commands of a case take turns. Needs ripgrep, zgrep and jq (Debian: ripgrep, gzip, jq).
 *           And how long do the requests of the page take, in an open file of a million records? In this process, with
 *           nothing known of the file, and later.
 * Command:  node benchmarks/search.js        BYTES=1000000000 ROUNDS=3 CASES=plain,gzip,field,minutes,history CORPUS=
 *           With a folder as CORPUS, the log stays there for the next run, so that each case can be a run of its own.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { measureHistory } from './helpers/history-run.ts'
import { readChoices, readKnob } from '../test/helpers/knobs.ts'
import { LogFolder } from './helpers/log-folder.ts'
import { root } from './helpers/processes.ts'
import { printProgress, printSection, toSpread, toTable } from './helpers/report.ts'
import {
  addIndex,
  compress,
  findCorpus,
  rareNeedles,
  writeCorpus,
  type Corpus
} from './helpers/search-corpus.ts'

const bytes = readKnob('BYTES', 1_000_000_000)
const rounds = readKnob('ROUNDS', 3)
const chosen = readChoices('CASES', ['plain', 'gzip', 'field', 'minutes', 'history'])
/** One of five records: a million in the usual corpus. */
const commonNeedles = Math.round(bytes / 1000)

/** One thing to find, and the commands that find it. */
interface Case {
  kind: (typeof chosen)[number]
  name: string
  /** number of lines; undefined = all commands must find the same */
  hits: number | undefined
  rival: string
  commands: { rival: string | undefined; ours: string }
}

const folder = new LogFolder()
process.on('exit', () => folder.delete())
const corpusFolder = process.env['CORPUS'] ?? folder.path
const [plainFolder, gzipFolder] = ['plain', 'gzip'].map(name => join(corpusFolder, name)) as [
  string,
  string
]
for (const each of [plainFolder, gzipFolder]) mkdirSync(each, { recursive: true })
const copy = join(gzipFolder, '2026-11-23.log')
const corpus = findCorpus(plainFolder, bytes) ?? writeAll()

function writeAll(): Corpus {
  printProgress('writing the corpus')
  const written = writeCorpus(plainFolder, bytes, commonNeedles)
  copyFileSync(written.plain, copy)
  addIndex(written.plain)
  compress(copy)
  return written
}

const gzip = `${copy}.gz`
const program = `${process.execPath} ${join(root, 'collector.js')} search --timezone utc --json`
const minutes = `--since '2026-11-23 12:00' --until '2026-11-23 12:05'`

const patterns: [name: string, pattern: string, hits: number][] = [
  ['a text, 0 hits', 'no such text', 0],
  [`a text, ${rareNeedles} hits`, 'needle-x1', rareNeedles],
  [`a text, ${commonNeedles} hits`, 'payment declined', commonNeedles],
  [`a regular expression, ${rareNeedles} hits`, 'needle-x[0-9]"', rareNeedles]
]
const cases: Case[] = [
  ...patterns.flatMap(([name, pattern, hits]): Case[] => [
    {
      kind: 'plain',
      name: `plain: ${name}`,
      hits,
      rival: 'ripgrep',
      commands: {
        rival: `rg -N '${pattern}' ${corpus.plain}`,
        ours: `${program} --file ${corpus.plain} --grep '${pattern}'`
      }
    },
    {
      kind: 'gzip',
      name: `gzip: ${name}`,
      hits,
      rival: 'zgrep',
      commands: {
        rival: `zgrep '${pattern}' ${gzip}`,
        ours: `${program} --file ${gzip} --grep '${pattern}'`
      }
    }
  ]),
  {
    kind: 'field',
    name: 'gzip: a member with a value',
    hits: undefined,
    rival: 'zcat and jq',
    commands: {
      rival: `zcat ${gzip} | jq -c 'select(.ms == 1234)'`,
      ours: `${program} --file ${gzip} --field ms=1234`
    }
  },
  {
    kind: 'minutes',
    name: 'gzip: five minutes of the day',
    hits: undefined,
    rival: '',
    commands: { rival: undefined, ours: `${program} --file ${gzip} ${minutes}` }
  }
]

const rows = cases
  .filter(({ kind }) => chosen.includes(kind))
  .map(({ name, hits, rival, commands }) => {
    printProgress(name)
    const times = { ours: [] as number[], rival: [] as number[] }
    const counts = new Set<number>(hits === undefined ? [] : [hits])
    for (let round = 0; round < rounds; round++) {
      for (const who of ['rival', 'ours'] as const) {
        const command = commands[who]
        if (command === undefined) continue
        const { ms, lines } = time(command)
        times[who].push(ms)
        counts.add(lines)
      }
    }
    if (counts.size !== 1) throw new Error(`${name}: found ${[...counts].join(' and ')} lines`)
    const isFaster = times.rival.length > 0
    const ratio = Math.min(...times.rival) / Math.min(...times.ours)
    return [
      name,
      isFaster ? `${rival} ${toSpread(times.rival)}` : '',
      toSpread(times.ours),
      isFaster ? ratio.toFixed(2) : ''
    ]
  })

/** Runs a command, and counts its lines. */
function time(command: string): { ms: number; lines: number } {
  const startedAt = performance.now()
  const { stdout, stderr } = spawnSync('sh', ['-c', `${command} | wc -l`], { encoding: 'utf8' })
  if (stderr !== '') throw new Error(`${command}: ${stderr}`)
  return { ms: performance.now() - startedAt, lines: Number(stdout) }
}

if (rows.length > 0) {
  printSection(
    'Search',
    `A log of ${Math.round(corpus.bytes / 1e6)} MB with ${corpus.lines} records is searched, by \`zmq-pub-collector search\` and by another program. Times in ms, the start of the program included: the median of ${rounds} rounds, and the least and greatest. The file is in the system's cache. The last column is how many times as fast the search is as the other program, by the fastest rounds. A compressed file is one of the collector's, with its index.`,
    toTable(['what is found', 'other program, ms', 'search, ms', 'times as fast'], rows)
  )
}

if (chosen.includes('history')) {
  const table = await measureHistory(join(folder.path, 'history'), rounds)
  printSection(
    'Search, the page',
    `What the page asks for, in a file of 1000000 records that is still written. Times in ms, the median of ${rounds} rounds, and the least and greatest. Before the first request, nothing is known of the file; before the later ones, a histogram of the whole day was made. The file is in the system's cache. The search leaves a core to the collector.`,
    table
  )
}
