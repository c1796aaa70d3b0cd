import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/** The events of a transport at run time, by name. docs/options.md describes each. */
export interface TransportEvents {
  /** A collector or another subscriber has subscribed; `wire` is used from now on. */
  subscribed: { wire: 'batch' | 'plain'; heldRecords: number }
  /** A binding transport has lost its last subscriber. */
  unsubscribed: { heldRecords: number }
  /** No collector has answered for `silentMs`: wrong address, not started, or cut off. Records are held. */
  unreachable: { addresses: readonly string[]; silentMs: number; heldRecords: number }
  /** `records` were dropped since the last such event, as the buffer was full or the spool damaged. */
  dropped: { records: number; totalRecords: number; why: string }
  /** The transport has closed with unacknowledged records: `records` are lost, `spooledRecords` in the spool. */
  undelivered: { records: number; spooledRecords: number; totalDropped: number; why: string }
  /** The spool's folder can't be read or written; records are kept in memory, or dropped. */
  spoolTrouble: { message: string }
  /** The spool of a dead process was adopted, and its records are being sent. */
  adopted: { app: string; pid: number; records: number }
}

/** Emits an event of a transport. */
export type EmitEvent = <Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
) => void

/**
 * Emits to the app's main thread, by thread-stream's EVENT message. Trouble at run time must not end
 * logging, so it is never an 'error' event. 'undelivered' is written to stderr as well.
 */
export const emitToApp: EmitEvent = (name, detail) => {
  parentPort?.postMessage({ code: 'EVENT', name, args: [detail] })
  if (name === 'undelivered') writeUndelivered(detail as TransportEvents['undelivered'])
}

/** The app's main thread may be blocked until this worker ends, or gone, so that no event arrives. */
function writeUndelivered(detail: TransportEvents['undelivered']): void {
  const { records, spooledRecords, totalDropped, why } = detail
  const facts = [
    records > 0 && `${records} undelivered and lost`,
    spooledRecords > 0 && `${spooledRecords} kept in the spool for the next start`,
    totalDropped > 0 && `${totalDropped} dropped before`
  ]
  try {
    writeSync(2, `zmq-pub: ${why}; records: ${facts.filter(Boolean).join(', ')}\n`)
  } catch {
    // stderr may be closed or full; there is no other channel
  }
}
