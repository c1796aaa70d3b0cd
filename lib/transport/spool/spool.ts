import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LockFile } from '../../util/lock-file.ts'
import { Queue } from '../../util/queue.ts'
import { encodeHello, type Hello } from '../../wire/hello.ts'
import { toHexId } from '../../wire/id.ts'
import type { SpoolOptions } from '../options.ts'
import type { Batch, RecordRange } from '../sender/batch.ts'
import type { Store } from '../sender/send-queue.ts'
import { Segment, type Place } from './segment.ts'

/** What a spool needs of its owner. */
export interface SpoolOwner {
  /** Who the records are from, for a later process to say. */
  readonly hello: Hello
  /** Records that were on disk and can't be read any more. */
  onDamage(range: RecordRange): void
  /** The disk refused a batch. */
  onTrouble(error: Error): void
}

/** A full spool is given up in pieces of this share. */
const segmentsPerSpool = 16

/**
 * The batches of one sender id on disk, in files named `<sender id>-<first sequence number>.seg`
 * beside `<sender id>.hello`, which tells a later process whose they are, and `<sender id>.lock`.
 * Nothing is on disk before the first push. A full disk, or a full spool, refuses further batches.
 */
export class Spool implements Store {
  readonly #options: SpoolOptions
  readonly #id: string
  readonly #owner: SpoolOwner
  /** in the order of their records */
  #segments: Segment[] = []
  /** the newest segment, where this process made it */
  #writing: Segment | undefined
  readonly #waiting = new Queue<Place>()
  #first: Batch | undefined
  #records = 0
  #end = 1
  #lock: LockFile | undefined

  constructor(options: SpoolOptions, id: string, owner: SpoolOwner) {
    this.#options = options
    this.#id = id
    this.#owner = owner
  }

  /** Takes over what a dead process left. @param lock the lock of this sender id */
  adopt(lock: LockFile): void {
    this.#lock = lock
    const prefix = `${toHexId(this.#id)}-`
    const names = readNames(this.#options.dir)
      .filter(name => name.startsWith(prefix))
      .toSorted()
    this.#end = firstOf(names[0])
    for (const name of names) {
      const segment = new Segment(join(this.#options.dir, name))
      this.#segments.push(segment)
      this.#skipTo(firstOf(name))
      for (const place of segment.scan()) {
        this.#skipTo(place.first)
        this.#wait(place)
        this.#end = place.first + place.count
      }
    }
  }

  /** What was expected before `first` is damaged. */
  #skipTo(first: number): void {
    if (first <= this.#end) return
    this.#owner.onDamage({ first: this.#end, count: first - this.#end })
    this.#end = first
  }

  /** Deletes all files: nothing in them is to be delivered any more. */
  discard(): void {
    this.#deleteAll()
  }

  get records(): number {
    return this.#records
  }

  /** Sequence number after the last record that was on disk. */
  get end(): number {
    return this.#end
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  get first(): Batch | undefined {
    while (!this.#first) {
      const place = this.#waiting.first
      if (!place) return undefined
      this.#first = place.segment.read(place)
      if (this.#first) break
      this.shift()
      this.#owner.onDamage(place)
    }
    return this.#first
  }

  push(batch: Batch): boolean {
    // What was read from here and isn't acknowledged is still here.
    if (this.#segments.some(segment => segment.has(batch.first))) return true
    if (this.bytes + batch.bytes > this.#options.maxBytes) return false
    try {
      const segment = this.#openSegment(batch.first)
      this.#append(segment, batch)
      this.#end = batch.first + batch.count
      return true
    } catch (error) {
      this.#owner.onTrouble(error as Error)
      return false
    }
  }

  shift(): void {
    const place = this.#waiting.shift()
    if (place) this.#records -= place.count
    this.#first = undefined
  }

  release(seq: number): void {
    const oldestWaiting = this.#waiting.first?.segment
    const keptFrom = this.#segments.findIndex(
      segment => segment === oldestWaiting || segment.end > seq + 1
    )
    if (keptFrom === -1) this.#deleteAll()
    else for (const segment of this.#segments.splice(0, keptFrom)) segment.delete()
  }

  dropOldest(): RecordRange | undefined {
    const oldest = this.#waiting.first
    if (!oldest) return undefined
    const { segment, first } = oldest
    let count = 0
    for (let place = this.#waiting.first; place?.segment === segment; place = this.#waiting.first) {
      count += place.count
      this.shift()
    }
    this.#segments = this.#segments.filter(other => other !== segment)
    if (segment === this.#writing) this.#writing = undefined
    segment.delete()
    return { first, count }
  }

  /** Lets go of the files; a later process may adopt them. */
  close(): void {
    for (const segment of this.#segments.splice(0)) segment.close()
    this.#lock?.release()
    this.#lock = undefined
  }

  #append(segment: Segment, batch: Batch): void {
    try {
      this.#wait(segment.append(this.#id, batch))
    } catch (error) {
      if (segment !== this.#writing) segment.delete() // made for this batch, and empty
      throw error
    }
    if (segment !== this.#writing) this.#segments.push(segment)
    this.#writing = segment
  }

  #wait(place: Place): void {
    this.#waiting.push(place)
    this.#records += place.count
  }

  /** The segment that a batch goes to: the one that is being written, or a new one. */
  #openSegment(first: number): Segment {
    const { dir, maxBytes } = this.#options
    const writing = this.#writing
    if (writing?.end === first && writing.bytes < maxBytes / segmentsPerSpool) return writing
    if (!this.#lock) this.#claim()
    const name = `${toHexId(this.#id)}-${String(first).padStart(16, '0')}.seg`
    return new Segment(join(dir, name))
  }

  #claim(): void {
    const { dir } = this.#options
    const base = join(dir, toHexId(this.#id))
    mkdirSync(dir, { recursive: true })
    const lock = LockFile.acquire(`${base}.lock`)
    if (!lock) throw new Error(`${base}.lock is held by another process`)
    try {
      writeFileSync(`${base}.hello`, encodeHello(this.#owner.hello))
    } catch (error) {
      lock.release()
      throw error
    }
    this.#lock = lock
  }

  #deleteAll(): void {
    this.#writing = undefined
    for (const segment of this.#segments.splice(0)) segment.delete()
    if (!this.#lock) return
    rmSync(join(this.#options.dir, `${toHexId(this.#id)}.hello`), { force: true })
    this.#lock.release()
    this.#lock = undefined
  }
}

/** The sequence number in a segment's name. */
function firstOf(name: string | undefined): number {
  return Number(/-(\d+)\.seg$/.exec(name ?? '')?.[1] ?? 1)
}

export function readNames(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
