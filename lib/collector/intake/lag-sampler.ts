import { readMembers, readScalar } from '../../record/members.ts'
import { RoleFinder } from '../../record/roles.ts'
import { toInstant } from '../time/timestamp.ts'

/** A longer record isn't read: one of another round will do. Unit: bytes */
const maxLineBytes = 16 * 1024

/** A sender whose records are measured. */
interface MeasuredSender {
  readonly hello: { readonly timeKey?: string | undefined }
  isLagWanted: boolean
  lagMs: number | undefined
}

/**
 * Measures how old records are when they are written. One record a round is read, the last one of the first batch: a
 * round takes up to 8 MiB, so that it costs nothing beside the rest. Also read is one of each sender whose lag is asked for.
 */
export class LagSampler {
  readonly #now: () => number
  readonly #onLag: ((lagMs: number) => void) | undefined
  #isDue = true
  #roles = new RoleFinder({})
  #timeKey: string | undefined

  /**
   * @param now ms since the epoch
   * @param onLag called when a record of the round is in all required outputs; 0 where its app's clock is ahead. Without it only
   *   senders whose lag is asked for are measured
   */
  constructor(now: () => number, onLag?: (lagMs: number) => void) {
    this.#now = now
    this.#onLag = onLag
  }

  /** The first batch of the next round will be measured. */
  onRoundEnd(): void {
    this.#isDue = true
  }

  /**
   * Looks at a batch.
   * @param records whole NDJSON records
   * @returns to be called when they are written; undefined where they aren't measured
   */
  sample(records: Buffer, sender: MeasuredSender): (() => void) | undefined {
    const onLag = this.#isDue ? this.#onLag : undefined
    if (!onLag && !sender.isLagWanted) return undefined
    this.#isDue = false
    sender.isLagWanted = false
    const loggedAt = this.#readTime(records, sender.hello.timeKey)
    if (loggedAt === undefined) return undefined
    return () => {
      sender.lagMs = Math.max(0, this.#now() - loggedAt)
      onLag?.(sender.lagMs)
    }
  }

  #readTime(records: Buffer, timeKey: string | undefined): number | undefined {
    const end = records.length - 1 // without the newline
    const start = end > 0 ? records.lastIndexOf('\n', end - 1) + 1 : 0
    if (end - start > maxLineBytes) return undefined
    const members = readMembers(records.toString('utf8', start, end))
    if (!members) return undefined
    if (timeKey !== this.#timeKey) {
      this.#timeKey = timeKey
      this.#roles = new RoleFinder({ timeKey })
    }
    return toInstant(readScalar(members, this.#roles.find(members).time))
  }
}
