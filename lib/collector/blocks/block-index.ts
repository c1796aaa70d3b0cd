/**
 * The index of a closed log file: for each block of it, where it is, and which times and levels its lines have.
 *
 * Constraints
 * - It is only a help. Where it is missing, damaged, of another version, of another state of the file (size and time of the
 *   last write), or made by other settings, the file is read as a whole. So a reader never trusts it further than that.
 * - It must never hide a line: what it says of a line is what `LineFacts` says.
 * - A kill, a full disk or a power cut leave the former one, or none: it is written to another name, synced and renamed.
 * - Who may write in the log's folder may write anything here: each number is checked, and its size is limited.
 *
 * Layout, as lines of JSON (about 70 bytes for each block of 1 MiB)
 * - the first line is an object: `zmqPubIndex`, the version of this layout and of `LineFacts`; the file's `bytes` and
 *   `mtimeMs` (whole ms); the settings of `LineFacts`, with `timezone` only where a line's time depends on it; and
 *   `sha256`, hexadecimal, of all further bytes;
 * - each further line is a block, an array: its length in the file, its uncompressed length, its lines, their least and
 *   greatest time (two numbers, or two times null), their levels (an array, or null).
 *
 * A block begins where the one before ends, the first at 0; together they are the whole file. In a compressed file each
 * is a gzip member or a zstd frame of its own, or, where it is larger than `pieceBytes`, several. Of several frames that it
 * gets at once, zlib's zstd of Node.js 22 and 24 decompresses the first and ignores the others without an error.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  futimesSync,
  openSync,
  renameSync,
  rmSync
} from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { keepOwner, readSmallFile, writeAll } from '../../util/fs.ts'
import { isObject } from '../../util/object.ts'
import { maxLevels, type BlockSummary } from './block-summary.ts'
import type { FactSettings } from './line-facts.ts'

/** A block of a file. */
export interface Block extends BlockSummary {
  /** offset in the file. Unit: bytes */
  offset: number
  /** length in the file. Unit: bytes */
  length: number
  /** uncompressed length. Unit: bytes */
  bytes: number
}

/** An index. */
export interface BlockIndex {
  /** how its lines were read; `timezone` is '' where it made no difference */
  settings: FactSettings
  blocks: readonly Block[]
}

/** The state of a file that an index belongs to. */
export type FileState = Pick<Stats, 'size' | 'mtimeMs'>

/** Changes with the layout, and with what `LineFacts` says of any line. */
const version = 1
/** The index of a file of a terabyte; a larger one is neither written nor read. Unit: bytes */
const maxIndexBytes = 128 * 1024 * 1024

/** Path of the index of a file: hidden, beside it. */
export function toIndexPath(path: string): string {
  return join(dirname(path), `.${basename(path)}${indexSuffix}`)
}

/** What ends the name of an index. */
export const indexSuffix = '.index'

/** Path of the index of a file while it isn't complete. */
export function toUnfinishedIndexPath(path: string): string {
  return `${toIndexPath(path)}.new`
}

/** Path of the file that an index belongs to, complete or not; undefined where the path is that of something else. */
export function toIndexedPath(path: string): string | undefined {
  const name = /^\.(.+)\.index(?:\.new)?$/s.exec(basename(path))?.[1]
  return name === undefined ? undefined : join(dirname(path), name)
}

/** The zone's name as an index has it: 'local' is another zone in another process. */
export function toZoneName(timezone: string): string {
  return timezone === 'local' ? new Intl.DateTimeFormat().resolvedOptions().timeZone : timezone
}

/**
 * Writes the index of a file, with the file's permissions, times and, as far as possible, owner.
 * @param stats of the file, as they were before it was read
 * @throws the file system's error; nothing is left then, and a former index stays
 */
export function writeIndex(path: string, stats: Stats, index: BlockIndex): void {
  const indexPath = toIndexPath(path)
  const unfinished = toUnfinishedIndexPath(path)
  const bytes = encode(stats, index)
  if (bytes.length > maxIndexBytes) return
  rmSync(unfinished, { force: true }) // left by a kill
  try {
    const fd = openSync(unfinished, 'wx', 0o600)
    try {
      writeAll(fd, bytes)
      keepOwner(fd, stats)
      fchmodSync(fd, stats.mode & 0o777)
      const middleOfMs = (Math.floor(stats.mtimeMs) + 0.5) / 1000 // what is rounded stays within the millisecond
      futimesSync(fd, middleOfMs, middleOfMs)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(unfinished, indexPath)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

function encode({ size, mtimeMs }: FileState, { settings, blocks }: BlockIndex): Buffer {
  const { timezone } = settings
  const encoded = blocks.map(({ length, bytes, lines, timesMs, levels }) => {
    const [least, greatest] = timesMs ?? [null, null]
    return `${JSON.stringify([length, bytes, lines, least, greatest, levels ?? null])}\n`
  })
  const body = Buffer.from(encoded.join(''))
  const header = {
    zmqPubIndex: version,
    bytes: size,
    mtimeMs: Math.floor(mtimeMs),
    ...toKeys(settings),
    ...(timezone !== '' && { timezone: toZoneName(timezone) }),
    sha256: hash(body)
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body])
}

/**
 * Reads the index of a file.
 * @param state of the file by now @param settings how its lines are to be read
 * @returns undefined where there is none that fits
 */
export function readIndex(
  path: string,
  state: FileState,
  settings: FactSettings
): BlockIndex | undefined {
  try {
    return decode(readSmallFile(toIndexPath(path), maxIndexBytes), state, settings)
  } catch {
    return undefined // missing, or whatever may be wrong with it
  }
}

/** @throws where it is no index */
function decode(bytes: Buffer, state: FileState, wanted: FactSettings): BlockIndex | undefined {
  const end = bytes.indexOf('\n') + 1
  const header: unknown = JSON.parse(bytes.toString('utf8', 0, end))
  if (!isObject(header) || header['zmqPubIndex'] !== version) return undefined
  const timezone = header['timezone'] ?? ''
  const keys = toKeys(wanted)
  const fits =
    header['bytes'] === state.size &&
    header['mtimeMs'] === Math.floor(state.mtimeMs) &&
    header['timeKey'] === keys.timeKey &&
    header['levelKey'] === keys.levelKey &&
    typeof timezone === 'string' &&
    (timezone === '' || timezone === toZoneName(wanted.timezone))
  const body = bytes.subarray(end)
  if (!fits || header['sha256'] !== hash(body)) return undefined
  const blocks = decodeBlocks(body)
  const last = blocks?.at(-1)
  const isWhole = (last ? last.offset + last.length : 0) === state.size
  return blocks && isWhole ? { settings: { ...wanted, timezone }, blocks } : undefined
}

/** The keys as an index has them: to name the first of the usual ones changes nothing. */
function toKeys({ timeKey, levelKey }: FactSettings): Pick<FactSettings, 'timeKey' | 'levelKey'> {
  return {
    timeKey: timeKey === 'time' ? '' : timeKey,
    levelKey: levelKey === 'level' ? '' : levelKey
  }
}

function decodeBlocks(body: Buffer): Block[] | undefined {
  const blocks: Block[] = []
  let offset = 0
  for (let start = 0; start < body.length;) {
    const end = body.indexOf('\n', start) + 1
    const block = decodeBlock(JSON.parse(body.toString('utf8', start, end)), offset)
    if (!block) return undefined
    blocks.push(block)
    offset += block.length
    start = end
  }
  return blocks
}

function decodeBlock(given: unknown, offset: number): Block | undefined {
  if (!Array.isArray(given) || given.length !== 6) return undefined
  const [length, bytes, lines, least, greatest, levels] = given as unknown[]
  const areCounts = isCount(length) && isCount(bytes) && isCount(lines)
  if (!areCounts || !areTimes(least, greatest) || !areLevels(levels)) return undefined
  const timesMs = least === null ? undefined : ([least, greatest] as [number, number])
  return { offset, length, bytes, lines, timesMs, levels: levels ?? undefined }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function areTimes(least: unknown, greatest: unknown): boolean {
  if (least === null) return greatest === null
  return typeof least === 'number' && typeof greatest === 'number' && least <= greatest
}

function areLevels(value: unknown): value is number[] | null {
  if (value === null) return true
  return (
    Array.isArray(value) &&
    value.length <= maxLevels &&
    value.every(level => typeof level === 'number')
  )
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
