import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import zlib, { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { canCompress, compressFile, Compressor } from '../../../lib/collector/files/compression.ts'
import { waitFor } from '../../helpers/wait.ts'

test('a file is replaced by its compressed copy, which keeps its time', async t => {
  const dir = t.testdir({ 'a.log': 'line\n'.repeat(100_000) })
  const at = new Date('2026-11-20T00:00:00Z')
  utimesSync(`${dir}/a.log`, at, at)
  await compressFile(`${dir}/a.log`, 'gzip')
  t.strictSame(readdirSync(dir), ['a.log.gz'])
  t.equal(gunzipSync(readFileSync(`${dir}/a.log.gz`)).length, 500_000)
  t.equal(statSync(`${dir}/a.log.gz`).mtimeMs, at.getTime())
})

test(
  'a file is compressed with zstd where Node.js can do that',
  { skip: !canCompress('zstd') && 'this Node.js has no zstd' },
  async t => {
    const dir = t.testdir({ 'a.log': 'line\n'.repeat(100_000) })
    await compressFile(`${dir}/a.log`, 'zstd')
    t.strictSame(readdirSync(dir), ['a.log.zst'])
    const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: (b: Buffer) => Buffer }
    t.equal(zstdDecompressSync(readFileSync(`${dir}/a.log.zst`)).length, 500_000)
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
    await compressFile(path, 'gzip')
    const found = statSync(`${path}.gz`)
    t.match(found, { uid, gid })
    t.equal(found.mode & 0o7777, mode)
  }
})

test('a file that is deleted while it is compressed does not come back', async t => {
  const dir = t.testdir({ 'a.log': 'line\n'.repeat(1_000_000) })
  const compressing = compressFile(`${dir}/a.log`, 'gzip')
  await waitFor(() => existsSync(`${dir}/a.log.gz.new`), 'the copy to be begun')
  unlinkSync(`${dir}/a.log`)
  await t.rejects(compressing, { code: 'ENOENT' })
  t.strictSame(readdirSync(dir), [])
})

test('what a kill has left half done is done again', async t => {
  const dir = t.testdir({ 'a.log': 'whole\n', 'a.log.gz': 'older', 'a.log.gz.new': 'half' })
  await compressFile(`${dir}/a.log`, 'gzip')
  t.strictSame(readdirSync(dir), ['a.log.gz'])
  t.equal(gunzipSync(readFileSync(`${dir}/a.log.gz`)).toString(), 'whole\n')
})

test('files that can not be compressed stay, and the others are', async t => {
  const dir = t.testdir({ 'a.log': 'a\n', 'b.log': 'b\n', 'b.log.gz.new': {}, 'c.log': 'c\n' })
  const troubles: string[] = []
  const compressor = new Compressor('gzip', path => troubles.push(path))
  for (const name of ['a', 'b', 'gone', 'c']) compressor.add(`${dir}/${name}.log`)
  await waitFor(() => existsSync(`${dir}/c.log.gz`) && !existsSync(`${dir}/c.log`), 'the last file')
  await compressor.close()
  t.strictSame(readdirSync(dir), ['a.log.gz', 'b.log', 'b.log.gz.new', 'c.log.gz'])
  t.strictSame(troubles, [`${dir}/b.log`], 'a file that is gone is no trouble')
})

test('a compressor that is closed leaves whole files', async t => {
  const dir = t.testdir()
  const names = ['a.log', 'b.log']
  for (const name of names) writeFileSync(`${dir}/${name}`, Buffer.alloc(20_000_000, `${name}\n`))
  const compressor = new Compressor('gzip', (path, error) => t.fail(`${path}: ${error.message}`))
  for (const name of names) compressor.add(`${dir}/${name}`)
  await compressor.close()
  t.strictSame(readdirSync(dir), names)
})
