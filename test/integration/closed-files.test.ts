/** Closed files of real collectors: their index, and their members, which real programs decompress. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { readIndex, type Block } from '../../lib/collector/blocks/block-index.ts'
import { canCompress } from '../../lib/collector/files/compression.ts'
import { startCollector } from '../helpers/collector.ts'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram } from '../helpers/program.ts'
import { readBlock } from '../helpers/read-block.ts'
import { waitFor } from '../helpers/wait.ts'

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }

function findBlocks(path: string): readonly Block[] | undefined {
  return readIndex(path, statSync(path), settings)?.blocks
}

/** The names of a folder's files that end in some way, hidden ones too. */
function list(dir: string, end: RegExp): string[] {
  return readdirSync(dir).filter(name => end.test(name))
}

/** The lines of a block that its summary doesn't describe. */
function findUntrue(text: string, { lines, timesMs, levels }: Block): string[] {
  const all = text.split('\n').slice(0, -1)
  if (all.length !== lines) return [`${all.length} lines, not ${lines}`]
  return all.filter(line => {
    const { time, level } = JSON.parse(line) as { time: number; level: number }
    const [least, greatest] = timesMs ?? [Number.NaN, Number.NaN]
    return !(time >= least && time <= greatest && levels?.includes(level))
  })
}

const formats = [
  { option: 'gzip', end: /\.gz$/, program: 'zcat' },
  { option: 'zstd', end: /\.zst$/, program: 'zstdcat' }
] as const

for (const { option, end, program } of formats) {
  const isInstalled = spawnSync(program, ['--version']).status === 0
  const skip =
    (!canCompress(option) && `this Node.js has no ${option}`) ||
    (!isInstalled && `${program} is not installed`)
  test(
    `files compressed with ${option} have members of whole lines, and an index that is true`,
    { skip },
    async t => {
      const dir = t.testdir()
      const args = [`--file=${dir}/all.log`, '--rotate=never', '--max-size=3m']
      const collector = await startCollectorProgram(t, [...args, `--compress=${option}`])
      const { logger, stream } = await startLogger(t, { address: collector.address })
      const text = 'x'.repeat(1000)
      for (let line = 0; line < 8000; line++) {
        if (line % 10 === 0) logger.error({ line, text })
        else logger.info({ line, text })
        if (line % 500 === 0) await new Promise(resolve => stream.flush(() => resolve(undefined)))
      }
      await new Promise(resolve => stream.flush(() => resolve(undefined)))
      const isDone = (): boolean =>
        list(dir, /^all.*\.log$/).length === 1 &&
        list(dir, end).every(name => findBlocks(join(dir, name)))
      await waitFor(
        () => list(dir, end).length >= 2 && isDone(),
        'the closed files to be compressed'
      )
      t.equal(await collector.stop(), 0, collector.stderr())
      for (const name of list(dir, end)) {
        const path = join(dir, name)
        const whole = execFileSync(program, [path], { maxBuffer: 1e8 })
        const blocks = findBlocks(path) ?? []
        t.ok(blocks.length >= 3, `${blocks.length} members`)
        let offset = 0
        for (const block of blocks) {
          const bytes = whole.subarray(offset, (offset += block.bytes))
          // Each member is a file of its own for the program, too.
          const alone = execFileSync(program, { input: readBlock(path, block), maxBuffer: 1e8 })
          t.ok(alone.equals(bytes))
          t.strictSame(findUntrue(alone.toString(), block), [])
        }
        t.equal(offset, whole.length)
      }
    }
  )
}

test('a file that is not compressed has an index when its day is over', async t => {
  let now = Date.now()
  const collector = await startCollector(t, {}, () => now)
  const { logger } = await startLogger(t, { address: collector.address })
  logger.info('of the first day')
  await collector.waitForLines(1)
  now += 86_400_000
  logger.info('of the second day')
  await collector.waitForLines(2)
  const [first = '', second = ''] = list(collector.folder, /^\d.*\.log$/).map(name =>
    join(collector.folder, name)
  )
  const blocks = await waitFor(() => findBlocks(first), 'the index')
  t.strictSame(findUntrue(readFileSync(first, 'utf8'), blocks[0] as Block), [])
  t.equal(findBlocks(second), undefined, 'the open file has none')
})

test('kills at any time leave no file half done, and no index that is not true', async t => {
  const dir = t.testdir()
  const args = [`--file=${dir}/all.log`, '--rotate=never', '--max-size=300k', '--compress']
  let collector = await startCollectorProgram(t, args)
  const { address } = collector
  const { logger, stream } = await startLogger(t, { address })
  const text = 'y'.repeat(1000)
  let line = 0
  for (let kill = 0; kill < 3; kill++) {
    const files = list(dir, /\.gz$/).length
    const until = line + 1500
    for (; line < until; line++) logger.info({ line, text })
    await waitFor(() => list(dir, /\.gz$/).length > files, 'a file to be compressed')
    collector.child.kill('SIGKILL')
    await collector.exited
    collector = await startCollectorProgram(t, [...args, '--bind', address])
  }
  await new Promise(resolve => stream.flush(() => resolve(undefined)))
  await waitFor(() => list(dir, /^all.*\.log$/).length === 1, 'the closed files to be compressed')
  t.equal(await collector.stop(), 0, collector.stderr())
  t.strictSame(list(dir, /\.new$/), [])
  const found = new Set<number>()
  for (const name of list(dir, /\.gz$/)) {
    const whole = gunzipSync(readFileSync(join(dir, name))).toString()
    const [block] = findBlocks(join(dir, name)) ?? []
    if (block) t.strictSame(findUntrue(whole, block), [], name)
    else t.fail(`${name} has no index`)
    for (const record of whole.split('\n').slice(0, -1))
      found.add((JSON.parse(record) as { line: number }).line)
  }
  const indexes = list(dir, /\.index$/).map(name => name.slice(1, -'.index'.length))
  t.strictSame(indexes, list(dir, /\.gz$/), 'each index is of a file')
  t.ok(found.size > 3000)
})
