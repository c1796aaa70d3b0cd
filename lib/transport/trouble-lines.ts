import { getOwn } from '../util/object.ts'
import { unsafeCharacters } from '../util/unsafe-characters.ts'
import type { TransportEvents } from './events.ts'

/** A line of one kind is written at most this often. Unit: ms */
const repeatMs = 60_000

/** What isn't said yet of a kind of trouble: the last event, and how many others it represents. */
interface Pending {
  line: () => string
  dropped: number
  others: number
}

interface Kind {
  saidAt: number
  pending: Pending | undefined
}

/** Events as arguments of `describe`. */
type Event = Partial<TransportEvents>

/**
 * Which lines a transport writes of its events: the first trouble of a kind at once, more of it at most once a minute
 * with the count, the recovery once. Pure: the clock is the caller's (`now`, in ms).
 */
export class TroubleLines {
  readonly #kinds = new Map<string, Kind>()
  /** whether a line has reported that no collector answers, and none since that one does */
  #isRecoveryDue = false
  /** whether a collector had answered before that line */
  #isAgain = false
  #wasConnected = false

  /** @returns the line to write now; undefined where there is none, or not yet: see `dueAt` */
  note<Name extends keyof TransportEvents>(
    name: Name,
    detail: TransportEvents[Name],
    now: number
  ): string | undefined {
    const event: Event = { [name]: detail }
    if (event.subscribed) this.#wasConnected = true
    if (event.reachable) return this.#noteRecovery(event.reachable)
    if (event.undelivered) return describeUndelivered(event.undelivered) // at the end, so once
    const kind = toKind(event)
    if (kind === undefined) return undefined
    const known = this.#kinds.get(kind) ?? { saidAt: Number.NEGATIVE_INFINITY, pending: undefined }
    this.#kinds.set(kind, known)
    const dropped = (known.pending?.dropped ?? 0) + (event.dropped?.records ?? 0)
    known.pending = {
      line: () => describe(event, dropped) ?? '',
      dropped,
      others: known.pending ? known.pending.others + 1 : 0
    }
    return now - known.saidAt < repeatMs ? undefined : this.#say(kind, known, now)
  }

  /** When `takeDue` has something; infinite where it won't. */
  get dueAt(): number {
    let at = Number.POSITIVE_INFINITY
    for (const { saidAt, pending } of this.#kinds.values()) {
      if (pending) at = Math.min(at, saidAt + repeatMs)
    }
    return at
  }

  /** The lines that are due by now; at the end all that were not said. @param now infinite at the end */
  takeDue(now: number): string[] {
    const lines: string[] = []
    for (const [name, kind] of this.#kinds) {
      if (kind.pending && now - kind.saidAt >= repeatMs) lines.push(this.#say(name, kind, now))
    }
    return lines
  }

  #say(name: string, kind: Kind, now: number): string {
    const { line, others = 0 } = kind.pending ?? { line: () => '' }
    kind.saidAt = now
    kind.pending = undefined
    if (name.startsWith('unreachable')) {
      this.#isRecoveryDue = true
      this.#isAgain = this.#wasConnected
    }
    // What is dropped is counted, and the newest of the others says all: only messages differ.
    const isPartial = others > 0 && name === 'spoolTrouble'
    return isPartial ? `${line()}; ${toCount(others)} other messages of the spool left out` : line()
  }

  #noteRecovery(detail: TransportEvents['reachable']): string | undefined {
    for (const [name, kind] of this.#kinds) {
      if (name.startsWith('unreachable') || name === 'otherVersion') kind.pending = undefined
      // After the key was taken, a refusal is news: somebody has revoked it. A network comes and goes by itself.
      if (name === refusedKind) kind.saidAt = Number.NEGATIVE_INFINITY
    }
    if (!this.#isRecoveryDue) return undefined
    this.#isRecoveryDue = false
    const { addresses, silentMs, heldRecords } = detail
    const sent = heldRecords > 0 ? `; ${toRecords(heldRecords)} being sent` : ''
    return `connected ${this.#isAgain ? 'again ' : ''}to ${addresses.join(', ')} after ${toDuration(silentMs)}${sent}`
  }
}

/**
 * A line as it is written, without its newline.
 * @param app the name of the app's logger, or ''
 */
export function toStderrLine(app: string, line: string): string {
  const who = app === '' ? 'zmq-pub' : `zmq-pub (${app})`
  return `${who}: ${line}`.replaceAll(unsafe, '?')
}

const unsafe = new RegExp(`[${unsafeCharacters}]`, 'g')

const refusedKind = 'unreachable: keys'

/** What is limited together; undefined for an event that is no trouble. */
function toKind({ unreachable, ...event }: Event): string | undefined {
  if (unreachable) return unreachable.isKeyRefused ? refusedKind : 'unreachable'
  if (event.keyTrouble) return event.keyTrouble.message // each once, at the start
  return describe(event, 0) === undefined ? undefined : Object.keys(event)[0]
}

function describe(event: Event, droppedRecords: number): string | undefined {
  const { unreachable, otherVersion, dropped, leftBehind, failover, keyTrouble, spoolTrouble } =
    event
  if (unreachable) return describeUnreachable(unreachable)
  if (otherVersion) return describeOtherVersion(otherVersion)
  if (dropped) return describeDropped(dropped, droppedRecords)
  if (leftBehind) {
    return 'one of several collectors acknowledges nothing and is left behind: it misses records, and its log will have a gap'
  }
  if (failover) return `${failover.why}: records go to ${failover.to} now`
  if (spoolTrouble) return `trouble with the spool: ${spoolTrouble.message}`
  return keyTrouble?.message
}

function describeUnreachable(detail: TransportEvents['unreachable']): string {
  const { silentMs, heldRecords, isKeyRefused, why, advice } = detail
  const isSilent = silentMs > 0 && !isKeyRefused
  return [
    isSilent ? `no collector has answered for ${toDuration(silentMs)}: ${why}` : why,
    `${toRecords(heldRecords)} held`,
    advice
  ]
    .filter(part => part !== '')
    .join('; ')
}

function describeOtherVersion(detail: TransportEvents['otherVersion']): string {
  const { addresses, version, ownVersion, heldRecords } = detail
  return `a collector at ${addresses.join(', ')} speaks wire version ${version}, this transport version ${ownVersion}; ${toRecords(heldRecords)} held: install the same version of zmq-pub on both sides`
}

function describeDropped(detail: TransportEvents['dropped'], records: number): string {
  const { totalRecords, why } = detail
  const total = totalRecords > records ? `, ${toCount(totalRecords)} since the start` : ''
  const advice = getOwn(dropAdvice, why)
  return `${toRecords(records, 'was', 'were')} dropped (${why})${total}${advice === undefined ? '' : `; ${advice}`}`
}

/** What to do against drops, by their reason. */
const dropAdvice: Readonly<Record<string, string>> = {
  'buffer full': 'to keep more records, set the option spool, or a larger maxBufferBytes',
  'buffer and spool full': 'to keep more records, set a larger maxBytes of the option spool'
}

/** The app's main thread may be blocked until the transport's thread ends, or gone, so that no event arrives. */
function describeUndelivered(detail: TransportEvents['undelivered']): string {
  const { records, spooledRecords, totalDropped, why } = detail
  const facts = [
    records > 0 && `${records} undelivered and lost`,
    spooledRecords > 0 && `${spooledRecords} kept in the spool for the next start`,
    totalDropped > 0 && `${totalDropped} dropped before`
  ]
  return `${why}; records: ${facts.filter(Boolean).join(', ')}`
}

function toRecords(count: number, one = 'is', several = 'are'): string {
  return count === 1 ? `1 record ${one}` : `${toCount(count)} records ${several}`
}

function toCount(count: number): string {
  return count.toLocaleString('en-US')
}

const units: [name: string, ms: number][] = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000]
]

/** A time in its largest unit of which there are two or more, so that a number stays exact enough. */
function toDuration(ms: number): string {
  const [name, unitMs] = units.find(unit => ms >= 2 * unit[1]) ?? ['s', 1000]
  return `${Math.floor(ms / unitMs)} ${name}`
}
