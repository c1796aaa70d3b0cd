/** What a worker thread of `DecoderPool` runs: makes text of records, one batch after the other. */
import { parentPort } from 'node:worker_threads'
import { TimeZone } from '../time/time-zone.ts'
import type { DecodeMessage, DecodeReply } from './decoder-thread.ts'
import { convert } from './text-format.ts'

/** By name: a zone keeps what it has found out. */
const zones = new Map<string, TimeZone>()

parentPort?.on('message', (message: DecodeMessage) => {
  const reply = decode(message)
  parentPort?.postMessage(reply)
})

function decode({ memory, length, settings, zoneName, now }: DecodeMessage): DecodeReply {
  try {
    const text = new TextMemory(memory, length)
    const records = Buffer.from(memory, 0, length)
    convert(records, settings, zoneFor(zoneName), now, entries => text.add(entries))
    return { memory: text.memory, start: text.start, end: text.end }
  } catch {
    return { memory, start: 0, end: 0 } // the main thread tries again, and reports it
  }
}

/** Text that is put together in given memory, or in larger one where it doesn't fit. */
class TextMemory implements DecodeReply {
  memory: SharedArrayBuffer
  start: number
  end: number

  constructor(memory: SharedArrayBuffer, start: number) {
    this.memory = memory
    this.start = start
    this.end = start
  }

  add(entries: string): void {
    const room = this.memory.byteLength - this.end
    if (entries.length * 3 > room && Buffer.byteLength(entries) > room)
      this.#grow(entries.length * 3)
    this.end += Buffer.from(this.memory, this.end).write(entries)
  }

  #grow(bytes: number): void {
    const text = new Uint8Array(this.memory, this.start, this.end - this.start)
    this.memory = new SharedArrayBuffer(2 * text.length + bytes)
    new Uint8Array(this.memory).set(text)
    this.start = 0
    this.end = text.length
  }
}

function zoneFor(name: string): TimeZone {
  let zone = zones.get(name)
  if (!zone) zones.set(name, (zone = new TimeZone(name)))
  return zone
}
