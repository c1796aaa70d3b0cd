/** Tests live records by the same functions as a search. */
import { toRecordTests, type JsonRecord, type RecordTest } from '../search/record-test.ts'
import { everything, hasWantedName } from '../search/query.ts'
import { toTextPattern } from '../search/text-pattern.ts'
import { parseObject } from '../util/object.ts'
import type { Filters } from './filters.ts'

/** The filters of a viewer, for live records. */
export class LiveTest {
  readonly #filters: Filters
  readonly #texts: readonly RegExp[]
  readonly #tests: readonly RecordTest[]

  constructor(filters: Filters) {
    const names = { apps: [], hosts: [], notApps: [], notHosts: [] }
    this.#filters = filters
    this.#texts = filters.texts.map(text => toTextPattern(text, 'ndjson').regexp)
    this.#tests = toRecordTests({ ...everything, ...filters, ...names }, '')
  }

  /** @param line a live record as the collector makes it, without a newline */
  matches(line: string): boolean {
    for (const text of this.#texts) if (!text.test(line)) return false
    const record = parseObject(line)
    return (
      record !== undefined &&
      this.#hasLevel(record) &&
      this.#isFrom(record) &&
      this.#tests.every(test => test.matches(record))
    )
  }

  #hasLevel({ level }: JsonRecord): boolean {
    return typeof level !== 'number' || level >= this.#filters.level
  }

  /** The collector adds `sentBy` where a record names another app or host than the sender's. */
  #isFrom({ name, hostname, sentBy }: JsonRecord): boolean {
    const { apps, hosts, notApps, notHosts } = this.#filters
    const sender = typeof sentBy === 'string' ? sentBy : '@'
    const split = sender.lastIndexOf('@')
    return (
      hasWantedName(app => [name, sender.slice(0, split)].includes(app), apps, notApps) &&
      hasWantedName(host => [hostname, sender.slice(split + 1)].includes(host), hosts, notHosts)
    )
  }
}
