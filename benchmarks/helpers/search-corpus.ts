/** A log of a day with a known number of needles, plain and compressed, for benchmarks/search.ts. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { compressFile } from '../../lib/collector/files/compression.ts'
import { indexFile } from '../../lib/collector/files/indexing.ts'
import { JobPace } from '../../lib/collector/files/job-pace.ts'
import { createRandom } from '../../test/helpers/seeded-random.ts'

/** A corpus. */
export interface Corpus {
  /** path of its file */
  plain: string
  bytes: number
  lines: number
}

/** The beginning of its day. Unit: ms since the epoch */
export const dayMs = Date.parse('2026-11-23T00:00:00Z')
/** Records with the rare needle. */
export const rareNeedles = 100

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }
/** Of a line. Unit: bytes */
export const averageBytes = 172.5

const messages = ['paid', 'order shipped', 'cache miss', 'request done', 'user logged in', 'retry']

/** The corpus that an earlier run has written, if any. @param bytes its size, about */
export function findCorpus(folder: string, bytes: number): Corpus | undefined {
  const plain = join(folder, '2026-11-23.log')
  const { size } = statSync(plain, { throwIfNoEntry: false }) ?? { size: 0 }
  const isSame = Math.abs(size / bytes - 1) < 0.05
  return isSame ? { plain, bytes: size, lines: Math.round(bytes / averageBytes) } : undefined
}

/**
 * Writes a day's log.
 * @param bytes its size, about @param commonNeedles records with the common needle
 */
export function writeCorpus(folder: string, bytes: number, commonNeedles: number): Corpus {
  const plain = join(folder, '2026-11-23.log')
  const lines = Math.round(bytes / averageBytes)
  const random = createRandom(1)
  const fd = openSync(plain, 'w')
  const [rareEach, commonEach] = [lines / rareNeedles, lines / commonNeedles].map(Math.floor)
  let [rare, common] = [0, 0]
  let text = ''
  for (let index = 0; index < lines; index++) {
    const isRare = index % (rareEach ?? 1) === 7 && rare < rareNeedles
    const isCommon = index % (commonEach ?? 1) === 3 && common < commonNeedles
    rare += Number(isRare)
    common += Number(isCommon)
    const record = {
      level: isRare ? 50 : 30,
      time: dayMs + Math.floor((86_400_000 * index) / lines),
      pid: 4711,
      hostname: `web-${random(20)}`,
      name: 'shop',
      reqId: random(2 ** 31).toString(36) + random(2 ** 31).toString(36),
      order: index,
      url: `/api/orders/${random(100_000)}`,
      ms: random(2000),
      msg: `${isCommon ? 'payment declined' : messages[random(messages.length)]}${isRare ? ' needle-x1' : ''}`
    }
    text += `${JSON.stringify(record)}\n`
    if (text.length < 4_000_000 && index < lines - 1) continue
    writeSync(fd, text)
    text = ''
  }
  closeSync(fd)
  return { plain, bytes: statSync(plain).size, lines }
}

/** Gives a closed file its index, as the collector does. */
export function addIndex(path: string): void {
  indexFile(path, settings, new JobPace(new Int32Array(new SharedArrayBuffer(4)), false))
}

/** Replaces a file by its compressed copy, as the collector does. */
export function compress(path: string): void {
  const pace = new JobPace(new Int32Array(new SharedArrayBuffer(4)), false)
  compressFile(path, 'gzip', settings, pace, error => {
    throw error
  })
}
