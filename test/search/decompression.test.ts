import { closeSync, openSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import zlib, { gzipSync } from 'node:zlib'
import { test, type Test } from 'tap'
import type { Compression } from '../../lib/collector/naming/log-path.ts'
import { canDecompress, decompressBlock, decompressFile } from '../../lib/search/decompression.ts'

const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
const large = Buffer.from('abcdefg\n'.repeat(300_000))
const small = Buffer.from('x\n')
const whole = Buffer.concat([large, small, small])

const formats: [Compression, ((bytes: Buffer) => Buffer) | undefined][] = [
  ['gzip', bytes => gzipSync(bytes)],
  ['zstd', zstdCompressSync]
]

async function read(
  t: Test,
  compressed: Buffer,
  format: Compression
): Promise<{ bytes: Buffer; error: unknown }> {
  const path = join(t.testdir({}), 'log')
  writeFileSync(path, compressed)
  const fd = openSync(path, 'r')
  const pieces: Buffer[] = []
  let error: unknown
  try {
    await decompressFile(fd, statSync(path).size, format, async bytes => void pieces.push(bytes))
  } catch (thrown) {
    error = thrown
  }
  closeSync(fd)
  return { bytes: Buffer.concat(pieces), error }
}

for (const [format, compress] of formats) {
  const skip = compress ? false : `this version of Node.js has no ${format}`

  test(`all members of a ${format} file are read`, { skip }, async t => {
    t.ok(canDecompress(format))
    const parts = [large, small, small].map(bytes => (compress as typeof gzipSync)(bytes))
    const { bytes, error } = await read(t, Buffer.concat(parts), format)
    t.equal(error, undefined)
    t.ok(bytes.equals(whole))
    t.ok(decompressBlock(Buffer.concat(parts), format, whole.length).equals(whole))
    t.throws(() => decompressBlock(Buffer.concat(parts), format, large.length))
  })

  test(`what comes before the end of a ${format} file that was cut is read`, { skip }, async t => {
    const parts = [large, large].map(bytes => (compress as typeof gzipSync)(bytes))
    const file = Buffer.concat(parts)
    const { bytes, error } = await read(t, file.subarray(0, file.length - 5), format)
    t.ok(bytes.length >= large.length, `${bytes.length} bytes`)
    t.ok(bytes.equals(Buffer.concat([large, large]).subarray(0, bytes.length)))
    t.match(error, { message: /unexpected end|incomplete/i })
  })

  test(`a ${format} file with other bytes is an error`, { skip }, async t => {
    const { error } = await read(t, Buffer.from('this is not compressed at all'), format)
    t.ok(error instanceof Error)
  })
}
