import { resolve } from 'node:path'
import type { Hello } from '../../wire/hello.ts'
import { baseFolderOf, toPath } from '../naming/log-path.ts'
import { fillIn, hasValues, namesIn, type Values } from '../naming/path-template.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { resolveKeys } from '../../record/roles.ts'
import { ByteRanges } from './byte-ranges.ts'
import { TraitReader, type RecordTraits } from './record-traits.ts'

/** The filters of an output, and the template of its paths. */
export interface RouterOptions {
  /** path template of the logs */
  file: string
  /** path template of the links, '' for none */
  symlink: string
  /** lowest level that passes, as pino's number; 0 = all */
  level: number
  /** prefixes of the sub-topics that pass; '' = all */
  topic: readonly string[]
  /** member with the time that decides the period, '' where the time of arrival does */
  timeKey: string
  /** members with level and message, where a sender doesn't say which they are; '' = the usual ones */
  levelKey: string
  messageKey: string
  /** of times in records that name none */
  zone: TimeZone
  /** name of the period of a time. @param time ms since the epoch */
  periodAt: (time: number) => string
}

/** Identifies a log that records are written to. */
export interface Destination {
  /** its path: only {date} and {hour} may be left */
  file: string
  /** `file` in lower case, for some file systems don't distinguish case; with the period filled in where `period` is given */
  id: string
  /** path of the link to the current file, '' for none */
  link: string
  /** the period where the time of the records decides it, else undefined */
  period: string | undefined
}

/** The records of one payload that go to one log, in order. */
export interface Section {
  destination: Destination
  bytes: Buffer
  /** number of records in `bytes` */
  records: number
}

/** Maximum number of cached destinations of a sender, and of cached plain senders; then a cache is emptied. */
const maxCached = 1000

/** A destination with longer names isn't cached: they would fill the memory. Unit: characters */
const maxKeyLength = 1024

/** Decides to which log each record of an output goes. */
export class Router {
  readonly #options: RouterOptions
  readonly #known = new WeakMap<object, Map<string, Destination>>()
  readonly #needsTopic: boolean
  readonly #needsLevel: boolean
  /** Whether it must read the records; otherwise all records of a sender go to one log. */
  readonly isSplitting: boolean
  /** Whether all records of all senders go to one log. */
  readonly isSingle: boolean

  constructor(options: RouterOptions) {
    this.#options = options
    const { file, level, topic, timeKey } = options
    const names = namesIn(file)
    this.#needsTopic = names.includes('topic') || topic.every(prefix => prefix !== '')
    this.#needsLevel = names.includes('level') || level > 0
    this.isSplitting = this.#needsLevel || this.#needsTopic || timeKey !== ''
    this.isSingle = !hasValues(file) && !this.isSplitting
  }

  /** The log of all records of a sender. Only where `isSplitting` is false. */
  ofSender(hello: Hello): Destination {
    return this.#recall(hello, noTraits, '')
  }

  /** The log of a notice about a sender: it passes every filter. */
  ofNotice(hello: Hello, traits: RecordTraits): Destination {
    return this.#recall(hello, traits, this.#periodOf(traits, traits.time ?? 0))
  }

  /** The log of a plain message, undefined where a filter excludes it. @param app the root topic @param now ms since the epoch */
  ofPlain(app: string, traits: RecordTraits, now: number): Destination | undefined {
    if (!this.#passesFilters(traits)) return undefined
    return this.#recall(plainSender(app), traits, this.#periodOf(traits, now))
  }

  /**
   * Groups the records of a payload that pass the filters by log.
   * @param isNew whether a log lacks the record with this index in the payload
   * @param now time of arrival, for records without a time. Unit: ms since the epoch
   * @returns one section a log, with one record at least
   */
  split(
    payload: Buffer,
    hello: Hello,
    isNew: (destination: Destination, index: number) => boolean,
    now: number
  ): Section[] {
    const found = new Map<string, Found>()
    const byTraits = new Map<RecordTraits, Found | undefined>()
    const { timeKey, zone } = this.#options
    const keys = resolveKeys(hello, this.#options)
    const settings = {
      levels: hello.levels,
      keys,
      needsTopic: this.#needsTopic,
      timeKey: timeKey === '' ? '' : (keys.timeKey ?? timeKey),
      zone
    }
    let index = -1
    new TraitReader(payload, settings).forEach((start, end, traits) => {
      index++
      let log = byTraits.get(traits)
      if (!log && !byTraits.has(traits)) {
        log = this.#passesFilters(traits) ? this.#find(found, hello, traits, now) : undefined
        byTraits.set(traits, log)
      }
      if (log && isNew(log.destination, index)) log.ranges.add(start, end)
    })
    const logs = [...found.values()].filter(({ ranges }) => ranges.count > 0)
    return logs.map(({ destination, ranges }) => ({
      destination,
      bytes: ranges.cutFrom(payload),
      records: ranges.count
    }))
  }

  #find(found: Map<string, Found>, hello: Hello, traits: RecordTraits, now: number): Found {
    const destination = this.#recall(hello, traits, this.#periodOf(traits, now))
    const known = found.get(destination.id) ?? { destination, ranges: new ByteRanges() }
    found.set(destination.id, known)
    return known
  }

  #passesFilters({ level, topic }: RecordTraits): boolean {
    const { level: lowest, topic: prefixes } = this.#options
    if (level < lowest) return false
    return !this.#needsTopic || prefixes.some(prefix => topic.startsWith(prefix))
  }

  /** The period where the time of the records decides it, else ''. */
  #periodOf({ time }: RecordTraits, now: number): string {
    const { timeKey, periodAt } = this.#options
    return timeKey === '' ? '' : periodAt(time ?? now)
  }

  #recall(
    sender: Pick<Hello, 'app' | 'host' | 'pid'>,
    traits: RecordTraits,
    period: string
  ): Destination {
    const levelName = this.#needsLevel ? traits.levelName : ''
    const topic = this.#needsTopic ? traits.topic : ''
    const key = `${period}\n${levelName}\n${topic}`
    if (key.length > maxKeyLength) return this.#render(sender, traits, period)
    let known = this.#known.get(sender)
    if (!known || known.size >= maxCached) this.#known.set(sender, (known = new Map()))
    let destination = known.get(key)
    if (!destination) known.set(key, (destination = this.#render(sender, traits, period)))
    return destination
  }

  #render(
    { app, host, pid }: Pick<Hello, 'app' | 'host' | 'pid'>,
    { levelName, topic }: RecordTraits,
    period: string
  ): Destination {
    const { file, symlink, timeKey } = this.#options
    const values: Values = { app, host, pid: pid === 0 ? '' : String(pid), level: levelName, topic }
    const filled = fillIn(file, values)
    const isOfRecord = timeKey !== ''
    const path = isOfRecord ? toPath(filled, period) : filled
    return {
      file: filled,
      id: path.toLowerCase(),
      link: symlink === '' ? '' : resolve(baseFolderOf(filled), fillIn(symlink, values)),
      period: isOfRecord ? period : undefined
    }
  }
}

/** The part of a payload that goes to one log. */
interface Found {
  destination: Destination
  ranges: ByteRanges
}

const noTraits: RecordTraits = { level: 30, levelName: '', topic: '', time: undefined }

/** Plain publishers by root topic: the plain wire says nothing else about them. */
const plainSenders = new Map<string, Pick<Hello, 'app' | 'host' | 'pid'>>()

function plainSender(app: string): Pick<Hello, 'app' | 'host' | 'pid'> {
  let sender = plainSenders.get(app)
  if (!sender) {
    if (plainSenders.size >= maxCached) plainSenders.clear()
    plainSenders.set(app, (sender = { app, host: '', pid: 0 }))
  }
  return sender
}
