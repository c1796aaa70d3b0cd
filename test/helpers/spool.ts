import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Test } from 'tap'
import type { Batch, RecordRange } from '../../lib/transport/sender/batch.ts'
import { findOrphans, type Orphan } from '../../lib/transport/spool/orphans.ts'
import type { SpoolIdentity } from '../../lib/transport/spool/identity.ts'
import { Spool } from '../../lib/transport/spool/spool.ts'
import type { LockSightings } from '../../lib/util/lock-holder.ts'
import { createHello } from '../../lib/wire/hello.ts'
import { toHexId, toPublicId } from '../../lib/wire/id.ts'
import { toBatch } from './batch.ts'
import { startProgram, type Program } from './program.ts'
import { createRandom } from './seeded-random.ts'
import { waitFor } from './wait.ts'

/** Room for 32 batches of `makeBatch`, two in each segment. Unit: bytes */
export const maxBytes = 16_000
/** The size of one of them on disk. Unit: bytes */
export const entryBytes = 500

/** A batch of 10 records whose payload is any bytes. */
export function makeBatch(first: number): Batch {
  const random = createRandom(first)
  const bytes = Array.from({ length: entryBytes - 40 }, () => random(256))
  return toBatch(first, 10, Buffer.from(bytes))
}

/** 1-10, 11-20 … */
export function makeBatches(count: number): Batch[] {
  return Array.from({ length: count }, (_, index) => makeBatch(index * 10 + 1))
}

/** What the header of an entry says. */
export interface EntryHeader {
  kind: number
  /** 8 bytes as latin1 */
  spoolId: string
  first: number
  count: number
}

/** The secret id of tests, and the names of its files. */
export const testIdentity: SpoolIdentity = identify('AbCdEfGhIjKlMnOpQrStUv')

/** The identity of a sender without a key. @param senderId secret id */
export function identify(senderId: string, key?: string): SpoolIdentity {
  return { senderId, spoolId: toPublicId(senderId), key }
}

/** The path of a file of the spool of `testIdentity`, without what follows the id. */
export function toSpoolBase(dir: string): string {
  return join(dir, toHexId(testIdentity.spoolId))
}

/** The header of an entry, in the layout of wire version 1. */
export function encodeEntryHeader({ kind, spoolId, first, count }: EntryHeader): Buffer {
  const frame = Buffer.alloc(28)
  frame.write('\0zp\u0001', 0, 'latin1')
  frame.writeUInt8(kind, 4)
  frame.write(spoolId, 8, 8, 'latin1')
  frame.writeBigUInt64LE(BigInt(first), 16)
  frame.writeUInt32LE(count, 24)
  return frame
}

/** An entry of a segment of `testIdentity`: ten records from number 1, unless the header says otherwise. Its sums are right. */
export function encodeEntry(header: Partial<EntryHeader> = {}): Buffer {
  const payload = Buffer.from('{}\n'.repeat(10))
  const given = { kind: 2, spoolId: testIdentity.spoolId, first: 1, count: 10, ...header }
  const frame = encodeEntryHeader(given)
  const prefix = Buffer.alloc(12)
  prefix.writeUInt32LE(payload.length, 0)
  prefix.writeUInt32LE(crc32(frame, crc32(prefix.subarray(0, 4))), 4)
  prefix.writeUInt32LE(crc32(payload), 8)
  return Buffer.concat([prefix, frame, payload])
}

/** A spool in the folder, and what it told its owner. */
export function makeSpool(t: Test, dir: string, identity = testIdentity) {
  const damages: RecordRange[] = []
  const troubles: unknown[] = []
  const spool = new Spool({ dir, maxBytes }, identity, {
    hello: { ...createHello(), app: `app of ${identity.senderId}` },
    onDamage: ({ first, count }) => damages.push({ first, count }),
    onTrouble: error => troubles.push((error as NodeJS.ErrnoException).code)
  })
  t.teardown(() => spool.close())
  return { spool, damages, troubles }
}

/** A spool with `count` batches on disk. */
export function fillSpool(t: Test, dir: string, count: number) {
  const batches = makeBatches(count)
  const made = makeSpool(t, dir)
  for (const batch of batches) t.equal(made.spool.push(batch), true)
  return { ...made, batches }
}

/** Leaves the files of a spool that was closed. @returns its batches and the paths of its segments */
export function leaveSpool(t: Test, dir: string, count: number) {
  const { spool, batches } = fillSpool(t, dir, count)
  spool.close()
  const names = listFiles(dir).filter(name => name.endsWith('.seg'))
  return { batches, segments: names.map(name => join(dir, name)) }
}

/** Searches a folder, in which this process has nothing. @returns also what the search told */
export function searchOrphans(
  dir: string,
  sightings: LockSightings = new Map(),
  key?: string
): { orphans: Orphan[]; troubles: string[] } {
  const troubles: string[] = []
  const orphans = findOrphans(dir, {
    isOwn: () => false,
    key,
    sightings,
    onTrouble: ({ message }) => troubles.push(message)
  })
  return { orphans, troubles }
}

/** Adopts the spool that was left in the folder. */
export function adoptSpool(t: Test, dir: string) {
  const [orphan] = searchOrphans(dir).orphans
  if (!orphan) throw new Error(`no spool was left in ${dir}`)
  const made = makeSpool(t, dir, orphan.identity)
  made.spool.adopt(orphan.lock)
  return { ...made, orphan }
}

/** Reads and shifts all batches that wait. */
export function takeAll(spool: Spool): Batch[] {
  const batches: Batch[] = []
  for (let batch = spool.read(); batch; batch = spool.read()) {
    batches.push(batch)
    spool.shift()
  }
  return batches
}

/** The names in a folder, sorted. */
export function listFiles(dir: string): string[] {
  return readdirSync(dir).toSorted()
}

/** Starts a process that takes a lock or fills a spool, and keeps running. */
export async function startHolder(t: Test, env: NodeJS.ProcessEnv): Promise<Program> {
  const program = startProgram(t, 'test/fixtures/holder.js', { env })
  await waitFor(() => program.stdout() === 'ready', `ready; ${program.stderr()}`)
  return program
}

/** Kills a program, and waits for its end. */
export async function kill({ child, exited }: Program): Promise<void> {
  child.kill('SIGKILL')
  await exited
}
