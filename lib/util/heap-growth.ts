import { setFlagsFromString } from 'node:v8'

/** From here on V8 marks its heap every second or more often. Unit: bytes per second */
const manyBytesPerS = 8 * 1024 * 1024
/** The mean size of messages from which on most of their memory is outside of the heap. Unit: bytes */
const largeBytes = 2 * 1024
/** How long bytes are counted before a rate is computed from them. Unit: ms */
const windowMs = 200

/** V8's heap may grow by this before all of it is collected, while large messages arrive. 0 = V8 decides. Unit: % */
const growthPercent = { large: 1000, usual: 0 } as const

/**
 * Lets V8's heap grow further while much arrives in large messages. Their memory is outside of the heap, but it counts,
 * with zeromq.js twice. By default V8 then marks and sweeps the whole heap for each 10 MB of messages, to find that
 * nearly all of it is still in use; with this, for each 32 MB (a limit in V8). Small messages leave so many
 * objects in the heap that it would become much larger: for them V8 decides.
 */
export class HeapGrowth {
  readonly #setFlags: (flags: string) => void
  #isLarge = false
  #bytes = 0
  #messages = 0
  #startedAt = Number.NEGATIVE_INFINITY

  constructor(setFlags: (flags: string) => void = setFlagsFromString) {
    this.#setFlags = setFlags
  }

  /**
   * @param bytes what has arrived since the last call
   * @param messages in how many messages
   * @param now ms of any clock that never jumps
   */
  note(bytes: number, messages: number, now: number): void {
    this.#bytes += bytes
    this.#messages += messages
    const ms = now - this.#startedAt
    if (ms < windowMs) return
    const areMany = (this.#bytes * 1000) / ms > manyBytesPerS
    const isLarge = areMany && this.#bytes >= this.#messages * largeBytes
    this.#bytes = 0
    this.#messages = 0
    this.#startedAt = now
    if (isLarge === this.#isLarge) return
    this.#isLarge = isLarge
    const percent = isLarge ? growthPercent.large : growthPercent.usual
    this.#setFlags(`--heap-growing-percent=${percent}`)
  }
}

/** The flags of V8 are those of the process: so there is one, and only a process that is a collector has it. */
let ofProcess: HeapGrowth | undefined

/** Called by the program `zmq-pub-collector`. An app that starts a collector keeps V8's flags as they are. */
export function followHeapGrowth(): void {
  ofProcess = new HeapGrowth()
}

/** Notes what a socket has received, see `HeapGrowth.note`. */
export function noteReceived(bytes: number, messages: number, now: number): void {
  ofProcess?.note(bytes, messages, now)
}
