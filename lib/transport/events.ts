/** The events of a transport at run time, by name. docs/options.md describes each. */
export interface TransportEvents {
  /**
   * A collector or another subscriber has subscribed; `wire` is used from now on. `addressFrom` says whether the addresses
   * are those of the option, those of the environment variable `ZMQ_PUB_ADDRESS`, or the default as neither is set.
   */
  subscribed: {
    wire: 'batch' | 'plain'
    addresses: readonly string[]
    addressFrom: 'option' | 'environment' | 'default'
    heldRecords: number
  }
  /** A binding transport has lost its last subscriber. */
  unsubscribed: { heldRecords: number }
  /** The connection of one of several subscribers is full: the others go on without it, and it will miss records. */
  leftBehind: { wire: 'batch' | 'plain'; heldRecords: number }
  /**
   * No collector has answered for `silentMs`: wrong address, not started, cut off, or keys that don't fit. Records are
   * held. Emitted again every minute while it lasts. `advice` says what to check, where `why` doesn't say it.
   */
  unreachable: {
    addresses: readonly string[]
    silentMs: number
    heldRecords: number
    isKeyRefused: boolean
    why: string
    advice: string
  }
  /** A collector takes records again, after `unreachable`. */
  reachable: { addresses: readonly string[]; silentMs: number; heldRecords: number }
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

/** Each name once: the compiler sees to it that none is missing. */
const names: Record<keyof TransportEvents, true> = {
  subscribed: true,
  unsubscribed: true,
  leftBehind: true,
  unreachable: true,
  reachable: true,
  keyTrouble: true,
  otherVersion: true,
  dropped: true,
  undelivered: true,
  spoolTrouble: true,
  adopted: true
}

/** The names of all events. */
export const eventNames = Object.keys(names) as (keyof TransportEvents)[]

/** Emits an event of a transport. */
export type EmitEvent<Result = void> = <Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
) => Result
