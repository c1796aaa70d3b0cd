/**
 * A search finds exactly what a naive one finds, whatever is in the files and however they are stored.
 * SEEDS=1000 compares more logs than usual.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { test, type Test } from 'tap'
import { canCompress, compressFile } from '../../lib/collector/files/compression.ts'
import { indexFile } from '../../lib/collector/files/indexing.ts'
import { JobPace } from '../../lib/collector/files/job-pace.ts'
import type { Compression } from '../../lib/collector/naming/log-path.ts'
import { findFiles } from '../../lib/search/files.ts'
import {
  everything,
  type LineSettings,
  type OutputSettings,
  type Query
} from '../../lib/search/query.ts'
import { search, type SearchMode } from '../../lib/search/search.ts'
import { createRandom } from '../helpers/seeded-random.ts'
import { readOutput, searchNaively, toOutput } from './naive-search.ts'
import { makeLog, makeQuery } from './random-log.ts'

const forward: OutputSettings = {
  form: 'json',
  isColored: false,
  isTerminal: false,
  isReversed: false,
  limit: 0
}

function toLines(format: LineSettings['format']): LineSettings {
  return { format, timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' }
}

/** Ways in which a file may be stored. */
const storages: Record<string, (path: string, lines: LineSettings) => void> = {
  plain: () => undefined,
  indexed: (path, lines) => indexFile(path, lines, new JobPace(notStopped, false)),
  'gzip without an index'(path) {
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)))
    rmSync(path)
  },
  'with a copy that a kill has left': path => writeFileSync(`${path}.gz`, gzipSync('left')),
  'gzip in members': (path, lines) => compress(path, 'gzip', lines),
  ...(canCompress('zstd') && {
    'zstd in frames': (path: string, lines: LineSettings) => compress(path, 'zstd', lines)
  })
}
const notStopped = new Int32Array(new SharedArrayBuffer(4))

function compress(path: string, format: Compression, lines: LineSettings): void {
  compressFile(path, format, lines, new JobPace(notStopped, false), error => {
    throw error
  })
}

interface Found {
  output: string
  hits: number
  /** entries that were counted by value */
  counted: number
  troubles: string[]
}

async function run(
  folder: string,
  query: Query,
  lines: LineSettings,
  output: OutputSettings,
  mode: SearchMode
): Promise<Found> {
  const place = { file: join(folder, '{date}.log'), rotate: 'daily' } as const
  const files = await findFiles(place, everything)
  const pieces: Buffer[] = []
  const troubles: string[] = []
  const { hits, counts } = await search(
    files,
    { query, lines, output },
    {
      write: async bytes => pieces.push(Buffer.from(bytes)) > 0,
      onProgress: () => undefined,
      onTrouble: message => troubles.push(message),
      onGone: path => troubles.push(`${path} is gone`)
    },
    mode
  )
  const counted = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return { output: Buffer.concat(pieces).toString('latin1'), hits, counted, troubles }
}

/** Searches the same files in several ways, and compares what is found. */
async function compare(t: Test, seed: number, lineCount: number, mode: SearchMode): Promise<void> {
  const random = createRandom(seed)
  const lines = toLines(random(3) === 0 ? 'text' : 'ndjson')
  const folder = t.testdir({})
  const logs: Buffer[] = []
  const names = Object.keys(storages)
  for (let index = 0; index < 3; index++) {
    const path = join(folder, `2026-11-2${index}.log`)
    const log = makeLog(random, 1 + random(lineCount))
    writeFileSync(path, log)
    logs.push(log)
    storages[names[random(names.length)] as string]?.(path, lines)
  }
  for (let round = 0; round < 4; round++) {
    const query = makeQuery(random, lines.format === 'text')
    const wanted = logs.flatMap(log => searchNaively(log, query, lines))
    const what = `seed ${seed}, ${lines.format}, ${JSON.stringify(query)}`
    const limit = 1 + random(5)
    const cases: [Partial<OutputSettings>, string[]][] = [
      [{}, wanted],
      [{ isReversed: true }, wanted.toReversed()],
      [{ limit }, wanted.slice(0, limit)],
      [{ limit, isReversed: true }, wanted.slice(-limit).toReversed()]
    ]
    const form = { countBy: 'level' } as const
    const { hits, counted } = await run(folder, query, lines, { ...forward, form }, mode)
    t.strictSame([hits, counted], [wanted.length, wanted.length], what)
    for (const [changes, entries] of cases) {
      const found = await run(folder, query, lines, { ...forward, ...changes }, mode)
      const isSame = readOutput(found.output, lines) === toOutput(entries, lines)
      if (isSame && found.hits === entries.length && found.troubles.length === 0) continue
      const message = `${what} ${JSON.stringify(changes)}`
      t.equal(readOutput(found.output, lines), toOutput(entries, lines), message)
      t.strictSame([found.hits, found.troubles], [entries.length, []], message)
      throw new Error('the others are not compared any more')
    }
  }
}

const seeds = Number(process.env['SEEDS'] ?? 80)

test('small logs at random are searched as a naive search does', async t => {
  for (let seed = 1; seed <= seeds; seed++) await compare(t, seed, 60, { threads: 0 })
})

test('large logs at random are searched by threads as a naive search does', async t => {
  const { signal } = new AbortController() // with a signal, only other threads search
  for (let seed = 1; seed <= Math.ceil(seeds / 80); seed++) {
    await compare(t, seed, 20_000, { threads: 2 })
    await compare(t, seed, 20_000, { threads: 2, signal })
  }
})
