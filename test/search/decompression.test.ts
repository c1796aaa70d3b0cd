import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, openSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import zlib, { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { test, type Test } from 'tap'
import type { Compression } from '../../lib/collector/naming/log-path.ts'
import {
  canDecompress,
  decompressBlock,
  decompressDamagedBlock,
  decompressFile
} from '../../lib/search/decompression.ts'

const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
const large = Buffer.from('abcdefg\n'.repeat(300_000))
const small = Buffer.from('x\n')
const whole = Buffer.concat([large, small, small])

const formats: [Compression, ((bytes: Buffer) => Buffer) | undefined][] = [
  ['gzip', bytes => gzipSync(bytes)],
  ['zstd', zstdCompressSync]
]

/** Lines of which little can be compressed. @param lines how many */
const toRandomLines = (lines: number): Buffer =>
  Buffer.from(
    Array.from(
      { length: lines },
      (_, index) => `${createHash('sha256').update(String(index)).digest('hex')}\n`
    ).join('')
  )

/** What another program makes of the beginning of a file; undefined where it isn't installed. */
function readByCommand(format: Compression, compressed: Buffer): Buffer | undefined {
  const { stdout, error } = spawnSync(format, ['-dc'], {
    input: compressed,
    maxBuffer: 64 * 1024 * 1024
  })
  return error ? undefined : stdout
}

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

  test(`a whole ${format} member before one that is not compressed is read`, { skip }, async t => {
    const file = Buffer.concat([
      (compress as typeof gzipSync)(small),
      Buffer.from('not compressed')
    ])
    const { bytes, error } = await read(t, file, format)
    t.equal(bytes.toString(), small.toString())
    t.ok(error instanceof Error)
    const block = await decompressDamagedBlock(file, format, 100)
    t.equal(block.toString(), small.toString())
    t.equal((await decompressDamagedBlock(file, format, 1)).toString(), 'x', 'not more than it had')
  })

  test(
    `wherever a ${format} file is damaged, all that comes before the damage is read`,
    { skip },
    async t => {
      const parts = [toRandomLines(200), large, toRandomLines(4000)]
      const file = Buffer.concat(parts.map(part => (compress as typeof gzipSync)(part)))
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: file.length - 1 }),
          fc.integer({ min: 1, max: 255 }),
          async (offset, change) => {
            const damaged = Buffer.from(file)
            damaged.writeUInt8(damaged.readUInt8(offset) ^ change, offset)
            const { bytes } = await read(t, damaged, format)
            const before = await read(t, damaged.subarray(0, offset), format)
            const byCommand = readByCommand(format, damaged.subarray(0, offset)) ?? before.bytes
            for (const expected of [before.bytes, byCommand]) {
              if (!bytes.subarray(0, expected.length).equals(expected)) {
                throw new Error(`${bytes.length} bytes, expected at least ${expected.length}`)
              }
            }
          }
        ),
        { numRuns: 40 }
      )
    }
  )
}
