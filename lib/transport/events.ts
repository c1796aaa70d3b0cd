import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/** What happens to a transport at run time, by name. docs/options.md describes each. */
export interface TransportEvents {
  /** Somebody has subscribed, and this wire is spoken to them from now on. */
  subscribed: { wire: 'batch' | 'plain'; heldRecords: number }
  /** A binding transport has lost its last subscriber. */
  unsubscribed: { heldRecords: number }
  /** No collector has answered for `silentMs`: refused, not started, or cut off. Records are held. */
  unreachable: { addresses: readonly string[]; silentMs: number; heldRecords: number }
  /** The buffer was full: the oldest records were given up. */
  dropped: { records: number; totalRecords: number; why: string }
  /** The transport has closed: of what nobody acknowledged, `records` are lost, the others in the spool. */
  undelivered: { records: number; spooledRecords: number; totalDropped: number; why: string }
  /** The spool's folder can't be used as it should; records are kept in memory, or dropped. */
  spoolTrouble: { message: string }
  /** What a process that is dead left in the spool is being sent. */
  adopted: { app: string; pid: number; records: number }
}

export type EmitEvent = <Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
) => void

/**
 * Runtime trouble must not end logging, so it is never an 'error': it reaches the app as an event of
 * its transport, by thread-stream's EVENT message.
 */
export const emitToApp: EmitEvent = (name, detail) => {
  parentPort?.postMessage({ code: 'EVENT', name, args: [detail] })
  if (name === 'undelivered') writeUndelivered(detail as TransportEvents['undelivered'])
}

/** The app's main thread waits for this worker's end, or is gone: no event may arrive any more. */
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
    // stderr may be closed or full; there is no other place to say it
  }
}
