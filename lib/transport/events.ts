/**
 * The events of a transport at run time, and the fields of each. Listen with `transport.on(name, listener)` or with
 * `onZmqPubEvent`. The transport keeps logging whatever an event reports. docs/options.md describes each event.
 *
 *     transport.on('dropped', ({ records, why }) => console.error(`${records} records dropped: ${why}`))
 *
 * Fields with the same meaning in several events:
 * - `addresses`: the addresses of the transport; with `mode: 'failover'` those that the event is about
 * - `heldRecords`: the number of records that are not acknowledged, in memory and in the spool of this process
 * - `wire`: the wire format in use
 * - `why`: the reason, as a text for the user
 */
export interface TransportEvents {
  /** A collector or another subscriber has subscribed. From now on `wire` is used. Emitted after each reconnection. */
  subscribed: {
    wire: 'batch' | 'plain'
    addresses: readonly string[]
    /** The source of the addresses, that is the option, the environment variable `ZMQ_PUB_ADDRESS` or the default. */
    addressFrom: 'option' | 'environment' | 'default'
    heldRecords: number
  }
  /** The last subscriber of a binding transport has disconnected. libzmq does not report this to a connecting one. */
  unsubscribed: { heldRecords: number }
  /**
   * One of several subscribers does not read, and its connection is full. The transport sends to the others without
   * it, and this subscriber misses records.
   */
  leftBehind: { wire: 'batch' | 'plain'; heldRecords: number }
  /**
   * No collector answers: the address is wrong, no collector runs there, the network is cut, the keys do not match, or
   * the collector receives only other topics. Records are held. Emitted every minute until a collector answers, and
   * immediately when `isKeyRefused` changes. If one of several collectors does not answer, it is emitted, too.
   */
  unreachable: {
    addresses: readonly string[]
    /** How long no collector has answered, in ms. */
    silentMs: number
    heldRecords: number
    /** Whether a program answers at an address, but the keys do not match, or one side has no keys. */
    isKeyRefused: boolean
    why: string
    /** What to check. It is empty if `why` says what to do. */
    advice: string
  }
  /** A collector answers again, after `unreachable`. `silentMs` is the time without an answer, in ms. */
  reachable: { addresses: readonly string[]; silentMs: number; heldRecords: number }
  /**
   * With `mode: 'failover'`: another gateway gets the records from now on. `from` is the address of the former one, `to`
   * that of the new one. At the start it is emitted if that is not the first address.
   */
  failover: { from: string; to: string; why: string; heldRecords: number }
  /**
   * Emitted at the start: other users can read or write a key file, or a file that only needs the collector's public key
   * has a secret key, too. `message` names the file.
   */
  keyTrouble: { message: string }
  /**
   * A collector uses another version of the wire format. It gets nothing, and records are held. Install the same
   * version of zmq-pub on both sides. Emitted every minute until then.
   */
  otherVersion: {
    addresses: readonly string[]
    /** The collector's version. */
    version: number
    /** The version of this transport. */
    ownVersion: number
    heldRecords: number
  }
  /**
   * Records were dropped, for example because the buffer was full: `records` since the last event of this name,
   * `totalRecords` since the start. Emitted at most once a second.
   */
  dropped: { records: number; totalRecords: number; why: string }
  /**
   * The transport has closed before all records were acknowledged. `records` are lost, `spooledRecords` are in the
   * spool, and `totalDropped` were dropped before.
   */
  undelivered: { records: number; spooledRecords: number; totalDropped: number; why: string }
  /** A file or the folder of the spool cannot be read or written. `message` says which, and why. */
  spoolTrouble: { message: string }
  /** The transport sends the spool of a dead process: `records` of the app `app` with the process id `pid`. */
  adopted: { app: string; pid: number; records: number }
  /**
   * Numbers of this process, every `countersMs` while they change, and after `transport.end()`; no event reaches an app that
   * is in `process.exit()`. Since the start: `queuedRecords` came from the logger, `sentRecords` were sent at least once, `ackedRecords` were acknowledged (none on the plain wire),
   * `droppedRecords` were dropped, and `reconnects` counts the subscriptions after the first one. At present:
   * `heldRecords` are in memory and in the spool, `spooledRecords` of them wait in the spool.
   */
  counters: {
    queuedRecords: number
    sentRecords: number
    ackedRecords: number
    droppedRecords: number
    heldRecords: number
    spooledRecords: number
    reconnects: number
  }
}

/** Each name once: the compiler checks that none is missing. */
const names: Record<keyof TransportEvents, true> = {
  subscribed: true,
  unsubscribed: true,
  leftBehind: true,
  unreachable: true,
  reachable: true,
  failover: true,
  keyTrouble: true,
  otherVersion: true,
  dropped: true,
  undelivered: true,
  spoolTrouble: true,
  adopted: true,
  counters: true
}

/** The names of all events. */
export const eventNames = Object.keys(names) as (keyof TransportEvents)[]

/** Emits an event of a transport. */
export type EmitEvent<Result = void> = <Name extends keyof TransportEvents>(
  name: Name,
  detail: TransportEvents[Name]
) => Result
