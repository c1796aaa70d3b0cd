import { resolve } from 'node:path'
import type { Hello } from '../../wire/hello.ts'
import { baseFolderOf, toPath } from '../naming/log-path.ts'
import { fillIn, hasValues, namesIn, type Values } from '../naming/path-template.ts'
import { ByteRanges } from './byte-ranges.ts'
import { TraitReader, type RecordTraits } from './record-traits.ts'

export interface RouterOptions {
  /** template of the logs' paths */
  file: string
  /** template of the links' paths, '' for none */
  symlink: string
  /** records below it are left out; 0 = none. pino's number */
  level: number
  /** prefixes of the sub-topics that are taken */
  topic: readonly string[]
  /** the member with the time that decides the period, '' where that is the time of arrival */
  timeKey: string
  /** the name of a period. @param at ms since the epoch */
  periodAt: (at: number) => string
}

/** A log that records go to. */
export interface Destination {
  /** its template: only the period's placeholders are left, and none where `period` is given */
  file: string
  /** the same for templates that some file systems don't tell apart: case doesn't count */
  id: string
  /** path of the link to the file that is written, '' for none */
  link: string
  /** the period, where the records decide it */
  period: string | undefined
}

/** The records of one payload that go to one log, in their order. */
export interface Section {
  destination: Destination
  bytes: Buffer
  records: number
}

/** More destinations of one sender are found anew. */
const maxKnown = 1000

/** Decides to which log each record of an output goes. */
export class Router {
  readonly #options: RouterOptions
  readonly #known = new WeakMap<object, Map<string, Destination>>()
  readonly #needsTopic: boolean
  readonly #needsLevel: boolean
  /** Whether it must look into the records; else a sender's go where the sender does. */
  readonly isSplitting: boolean
  /** Whether everything goes to one log. */
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

  /** The log of all of a sender's records. */
  ofSender(hello: Hello): Destination {
    return this.#recall(hello, noTraits, '')
  }

  /** The log of a notice about a sender: no filter holds it back. */
  ofNotice(hello: Hello, traits: RecordTraits): Destination {
    return this.#recall(hello, traits, this.#periodOf(traits, traits.at ?? 0))
  }

  /** The log of a plain message, undefined where it is left out. @param now ms since the epoch */
  ofPlain(app: string, traits: RecordTraits, now: number): Destination | undefined {
    if (!this.#isWanted(traits)) return undefined
    return this.#recall(plainSender(app), traits, this.#periodOf(traits, now))
  }

  /**
   * Sorts the records of a payload by their logs.
   * @param isNew whether a log lacks the payload's record of this number, from 0 on
   * @param now when they came, for records without a time. Unit: ms since the epoch
   */
  split(
    payload: Buffer,
    hello: Hello,
    isNew: (destination: Destination, record: number) => boolean,
    now: number
  ): Section[] {
    const found = new Map<string, Found>()
    const byTraits = new Map<RecordTraits, Found | undefined>()
    const { timeKey } = this.#options
    const settings = { ...hello, needsTopic: this.#needsTopic, timeKey }
    let record = -1
    new TraitReader(payload, settings).forEach((start, end, traits) => {
      record++
      let log = byTraits.get(traits)
      if (!log && !byTraits.has(traits)) {
        log = this.#isWanted(traits) ? this.#find(found, hello, traits, now) : undefined
        byTraits.set(traits, log)
      }
      if (log && isNew(log.destination, record)) log.ranges.add(start, end)
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

  #isWanted({ level, topic }: RecordTraits): boolean {
    const { level: least, topic: prefixes } = this.#options
    if (level < least) return false
    return !this.#needsTopic || prefixes.some(prefix => topic.startsWith(prefix))
  }

  /** The period, where the records decide it, else ''. */
  #periodOf({ at }: RecordTraits, now: number): string {
    const { timeKey, periodAt } = this.#options
    return timeKey === '' ? '' : periodAt(at ?? now)
  }

  #recall(
    sender: Pick<Hello, 'app' | 'host' | 'pid'>,
    traits: RecordTraits,
    period: string
  ): Destination {
    const levelName = this.#needsLevel ? traits.levelName : ''
    const topic = this.#needsTopic ? traits.topic : ''
    const key = `${period}\n${levelName}\n${topic}`
    let known = this.#known.get(sender)
    if (!known || known.size >= maxKnown) this.#known.set(sender, (known = new Map()))
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
      file: path,
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

const noTraits: RecordTraits = { level: 30, levelName: '', topic: '', at: undefined }

/** Foreign publishers by their root topics: the wire says no more of them. */
const plainSenders = new Map<string, Pick<Hello, 'app' | 'host' | 'pid'>>()

function plainSender(app: string): Pick<Hello, 'app' | 'host' | 'pid'> {
  let sender = plainSenders.get(app)
  if (!sender) {
    if (plainSenders.size >= maxKnown) plainSenders.clear()
    plainSenders.set(app, (sender = { app, host: '', pid: 0 }))
  }
  return sender
}
