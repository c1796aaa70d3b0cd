import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

/** The events of a transport at run time, by name. docs/options.md describes each. */
export interface TransportEvents {
  /** A collector or another subscriber has subscribed; `wire` is used from now on. */
  subscribed: { wire: 'batch' | 'plain'; heldRecords: number }
  /** A binding transport has lost its last subscriber. */
  unsubscribed: { heldRecords: number }
  /** The connection of one of several subscribers is full: the others go on without it, and it will miss records. */
  leftBehind: { wire: 'batch' | 'plain'; heldRecords: number }
  /** No collector has answered for `silentMs`: wrong address, not started, cut off, or keys that don't fit. Records are held. */
  unreachable: {
    addresses: readonly string[]
    silentMs: number
    heldRecords: number
    isKeyRefused: boolean
    why: string
  }
  /** A key file can be read by others, or is of a kind that doesn't belong here. At the start. */
  keyTrouble: { message: string }
  /** A collector speaks wire version `version`, this transport another: records are held until both have the same version of zmq-pub. */
  otherVersion: {
    addresses: readonly string[]
    version: number
    ownVersion: number
    heldRecords: number
  }
  /** `records` were dropped since the last such event, as the buffer was full or the spool damaged. */
  dropped: { records: number; totalRecords: number; why: string }
  /** The transport has closed with unacknowledged records: `records` are lost, `spooledRecords` in the spool. */
  undelivered: { records: number; spooledRecords: number; totalDropped: number; why: string }
  /** The spool's folder can't be read or written; records are kept in memory, or dropped. */
  spoolTrouble: { message: string }
  /** The spool of a dead process was adopted, and its records are being sent. */
  adopted: { app: string; pid: number; records: number }
}

/** Whether an event tells of trouble. The compiler sees to it that none is missing. */
const isTrouble: Record<keyof TransportEvents, boolean> = {
  subscribed: false,
  unsubscribed: false,
  leftBehind: true,
  unreachable: true,
  keyTrouble: true,
  otherVersion: true,
  dropped: true,
  undelivered: true,
  spoolTrouble: true,
  adopted: false
}

/** The names of all events. */
export const eventNames = Object.keys(isTrouble) as (keyof TransportEvents)[]

/** Emits an event of a transport. */
export type EmitEvent = <Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
) => void

/**
 * Emits to the app's main thread, by thread-stream's EVENT message. Trouble at run time must not end
 * logging, so it is never an 'error' event.
 */
export const emitToApp: EmitEvent = (name, detail) => {
  const isTold = takesEvents(workerData)
  if (isTold) parentPort?.postMessage({ code: 'EVENT', name, args: [detail] })
  const isWritten = writeUrgent(name, detail)
  if (!isWritten && !isTold && isTrouble[name]) {
    writeToStderr(`zmq-pub: ${name} ${JSON.stringify(detail)}\n`)
  }
}

/**
 * Writes to stderr what nobody may miss, whether the app listens to events or not: lost records, another version
 * of the wire, and keys that don't fit or aren't safe, which only somebody who reads of it can mend.
 * @returns whether the event is one of these
 */
export function writeUrgent<Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
): boolean {
  const line = toUrgentLine({ [name]: detail })
  if (line !== undefined) writeToStderr(`zmq-pub: ${line}\n`)
  return line !== undefined
}

function toUrgentLine(event: Partial<TransportEvents>): string | undefined {
  const { undelivered, keyTrouble, unreachable, otherVersion } = event
  if (undelivered) return describeUndelivered(undelivered)
  if (otherVersion) return describeOtherVersion(otherVersion)
  return keyTrouble?.message ?? (unreachable?.isKeyRefused ? unreachable.why : undefined)
}

/**
 * Whether this worker's thread-stream knows EVENT, for which older ones end logging. It came with 2.1, and since
 * 2.2 thread-stream says its version.
 * @param data the worker's `workerData`
 */
function takesEvents(data: unknown): boolean {
  const { $context } =
    (data as { workerData?: { $context?: { threadStreamVersion?: string } } } | null)?.workerData ??
    {}
  return $context?.threadStreamVersion !== undefined
}

/** The app's main thread may be blocked until this worker ends, or gone, so that no event arrives. */
function describeUndelivered(detail: TransportEvents['undelivered']): string {
  const { records, spooledRecords, totalDropped, why } = detail
  const facts = [
    records > 0 && `${records} undelivered and lost`,
    spooledRecords > 0 && `${spooledRecords} kept in the spool for the next start`,
    totalDropped > 0 && `${totalDropped} dropped before`
  ]
  return `${why}; records: ${facts.filter(Boolean).join(', ')}`
}

function describeOtherVersion(detail: TransportEvents['otherVersion']): string {
  const { addresses, version, ownVersion, heldRecords } = detail
  return `a collector at ${addresses.join(', ')} speaks wire version ${version}, this transport version ${ownVersion}; ${heldRecords} records are held: install the same version of zmq-pub on both sides`
}

/** Writes a line to stderr at once, or not at all: it may be closed or full, and there is no other channel. */
function writeToStderr(line: string): void {
  const fd = openNonBlocking()
  try {
    writeSync(fd ?? 2, line)
  } catch {
    // EAGAIN, EPIPE, ENOSPC and the like
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * A pipe that nobody reads would block this worker, and the app that waits for its end. The descriptor
 * is opened anew, because the flag O_NONBLOCK would hold for everybody who has the old one.
 * @returns a file descriptor; undefined where there is no need, or no /proc
 */
function openNonBlocking(): number | undefined {
  try {
    const found = fstatSync(2)
    if (!found.isFIFO() && !found.isCharacterDevice()) return undefined
    return openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}
