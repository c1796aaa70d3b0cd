import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import zlib, { gunzipSync } from 'node:zlib'
import { test, type Test } from 'tap'
import { readIndex } from '../../../lib/collector/blocks/block-index.ts'
import { canCompress, compressFile } from '../../../lib/collector/files/compression.ts'
import { JobPace } from '../../../lib/collector/files/job-pace.ts'
import type { Compression } from '../../../lib/collector/naming/log-path.ts'
import { readBlock } from '../../helpers/read-block.ts'

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }

/** @param onBlock called after each block */
function compress(path: string, format: Compression, onBlock?: () => void): Error[] {
  const failures: Error[] = []
  class Watched extends JobPace {
    override pause(): void {
      onBlock?.()
      super.pause()
    }
  }
  const pace = new Watched(new Int32Array(new SharedArrayBuffer(4)), false)
  compressFile(path, format, settings, pace, error => failures.push(error))
  return failures
}

test('a file is replaced by its compressed copy, which keeps its time', async t => {
  const dir = t.testdir({ 'a.log': 'line\n'.repeat(100_000) })
  const at = new Date('2026-11-20T00:00:00Z')
  utimesSync(`${dir}/a.log`, at, at)
  compress(`${dir}/a.log`, 'gzip')
  t.strictSame(readdirSync(dir), ['.a.log.gz.index', 'a.log.gz'])
  t.equal(gunzipSync(readFileSync(`${dir}/a.log.gz`)).length, 500_000)
  t.equal(statSync(`${dir}/a.log.gz`).mtimeMs, at.getTime())
})

test(
  'a file is compressed with zstd where Node.js can do that',
  { skip: !canCompress('zstd') && 'this Node.js has no zstd' },
  async t => {
    const dir = t.testdir({ 'a.log': 'line\n'.repeat(100_000) })
    compress(`${dir}/a.log`, 'zstd')
    t.strictSame(readdirSync(dir), ['.a.log.zst.index', 'a.log.zst'])
    t.equal(zstdDecompress(readFileSync(`${dir}/a.log.zst`)).length, 500_000)
  }
)

test('a compressed file has the permissions of its file, and its owner where that may be', async t => {
  const dir = t.testdir({ 'a.log': 'line\n', 'b.log': 'line\n', 'b.log.gz.new': 'half' })
  const isRoot = process.getuid?.() === 0
  const former = process.umask(0o077)
  t.teardown(() => process.umask(former))
  for (const [name, mode] of [
    ['a.log', 0o644],
    ['b.log', 0o440]
  ] as const) {
    const path = `${dir}/${name}`
    if (isRoot) chownSync(path, 1234, 2345)
    chmodSync(path, mode)
    const { uid, gid } = statSync(path)
    compress(path, 'gzip')
    const found = statSync(`${path}.gz`)
    t.match(found, { uid, gid })
    t.equal(found.mode & 0o7777, mode)
  }
})

test('a file that is deleted while it is compressed does not come back', async t => {
  const dir = t.testdir({ 'a.log': 'line\n'.repeat(1_000_000) })
  const remove = (): void => {
    if (existsSync(`${dir}/a.log`)) unlinkSync(`${dir}/a.log`)
  }
  t.throws(() => compress(`${dir}/a.log`, 'gzip', remove), { code: 'ENOENT' })
  t.strictSame(readdirSync(dir), [])
})

test('what a kill has left half done is done again', async t => {
  const dir = t.testdir({ 'a.log': 'whole\n', 'a.log.gz': 'older', 'a.log.gz.new': 'half' })
  compress(`${dir}/a.log`, 'gzip')
  t.strictSame(readdirSync(dir), ['.a.log.gz.index', 'a.log.gz'])
  t.equal(gunzipSync(readFileSync(`${dir}/a.log.gz`)).toString(), 'whole\n')
})

test('a file whose compression is stopped stays, and nothing half done', async t => {
  const dir = t.testdir({ 'a.log': 'line\n'.repeat(1_000_000) })
  const stop = new Int32Array(new SharedArrayBuffer(4)).fill(1)
  t.throws(() =>
    compressFile(`${dir}/a.log`, 'gzip', settings, new JobPace(stop, false), () => undefined)
  )
  t.strictSame(readdirSync(dir), ['a.log'])
})

test('where the index can not be written, the file is compressed all the same', async t => {
  const dir = t.testdir({ 'a.log': 'line\n', '.a.log.gz.index': { full: 'x' } })
  const failures = compress(`${dir}/a.log`, 'gzip')
  t.equal(failures.length, 1)
  t.strictSame(readdirSync(dir), ['.a.log.gz.index', 'a.log.gz'])
})

test('the index of the file goes with it', async t => {
  const dir = t.testdir({ 'a.log': 'line\n', '.a.log.index': 'x' })
  compress(`${dir}/a.log`, 'gzip')
  t.strictSame(readdirSync(dir), ['.a.log.gz.index', 'a.log.gz'])
})

const long = `{"level":50,"time":5,"msg":"${'long '.repeat(700_000)}"}\n`
const short = Array.from({ length: 30_000 }, (_, n) => `{"level":30,"time":${n + 9},"n":${n}}\n`)
const contents: [what: string, text: string, blocks: number][] = [
  ['nothing', '', 0],
  ['a few lines', short.slice(0, 5).join(''), 1],
  ['half a line', 'half', 1],
  ['many lines, the last one without an end', `${short.join('')}half`, 2],
  ['a line of more than a block', long, 1],
  ['such a line between others', short.join('') + long + short.join(''), 5]
]

for (const format of ['gzip', 'zstd'] as const) {
  for (const [what, text, count] of contents) {
    const skip = !canCompress(format) && `this Node.js has no ${format}`
    test(
      `${what}, compressed with ${format}, can be read as a whole and in parts`,
      { skip },
      async t => {
        const dir = t.testdir({ 'a.log': text })
        t.strictSame(compress(`${dir}/a.log`, format), [])
        const path = `${dir}/a.log${format === 'gzip' ? '.gz' : '.zst'}`
        const decompress = format === 'gzip' ? gunzipSync : zstdDecompress
        // zstdDecompressSync of Node.js 22 and 24 reads the first of several frames only.
        if (format === 'gzip') t.ok(gunzipSync(readFileSync(path)).equals(Buffer.from(text)))
        t.ok(runDecompressor(t, format, path)?.equals(Buffer.from(text)) ?? true, 'by the program')
        const blocks = readIndex(path, statSync(path), settings)?.blocks ?? []
        t.equal(blocks.length, count)
        const parts = blocks.map(block => decompress(readBlock(path, block)))
        t.ok(Buffer.concat(parts).equals(Buffer.from(text)))
        t.ok(
          parts.slice(0, -1).every(part => part.at(-1) === 0x0a),
          'whole lines'
        )
      }
    )
  }
}

const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }

function zstdDecompress(bytes: Buffer): Buffer {
  return zstdDecompressSync?.(bytes) ?? Buffer.alloc(0)
}

/** What the program that users have makes of a file. @returns undefined where it isn't installed */
function runDecompressor(t: Test, format: Compression, path: string): Buffer | undefined {
  const program = format === 'gzip' ? 'gzip' : 'zstd'
  try {
    return execFileSync(program, ['-dcq', path], { maxBuffer: 1e9 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    t.comment(`${program} is not installed`)
    return undefined
  }
}
