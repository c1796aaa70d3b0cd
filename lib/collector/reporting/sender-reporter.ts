import type { Logger } from 'pino'
import type { Hello } from '../../wire/hello.ts'
import { toHexId } from '../../wire/id.ts'
import { escapeName, escapeUnsafe } from './escaped-name.ts'
import { Throttle } from './throttle.ts'

/** Senders that come, go or are silent are logged up to this number a minute, each: any peer can invent as many as it likes. */
export const maxSenderEvents = 1000

/** What is logged about a sender. */
interface ReportedSender {
  id: string
  hello: Hello
  /** sequence number of its next record */
  expected: number
}

/** What is logged about one that has gone. */
interface ReportedLeaver extends ReportedSender {
  /** as of performance.now(), as `heardAt` */
  connectedAt: number
  heardAt: number
  records: number
  missingRecords: number
}

/** What is logged about records that are missing. */
interface ReportedGap {
  msg: string
  gap: { host: string; app: string; why: string }
}

/** Writes into the collector's own log who comes and goes, and whose records are missing. Names are shown so that no terminal acts on them. */
export class SenderReporter {
  readonly #logger: Logger
  readonly #throttle = new Throttle(() => performance.now(), maxSenderEvents)
  #events = 0

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** A sender has said hello for the first time, or again after it was gone. */
  connected(sender: ReportedSender): void {
    this.#log('connected', sender, shown => this.#logger.info(shown, 'sender connected'))
  }

  /** A sender has said goodbye. @param now as of performance.now() */
  gone(sender: ReportedLeaver, now: number): void {
    this.#log('gone', sender, shown => {
      this.#logger.info({ ...shown, ...toVisit(sender, now), saidBye: true }, 'sender gone')
    })
  }

  /** A sender has ended without goodbye. @param now as of performance.now() */
  silent(sender: ReportedLeaver, now: number): void {
    this.#log('silent', sender, shown => {
      const silentMs = Math.round(now - sender.heardAt)
      this.#logger.warn(
        { ...shown, ...toVisit(sender, sender.heardAt), silentMs, saidBye: false },
        'sender silent: it ended without a goodbye or was cut off; check that its process runs and that its host reaches this one'
      )
    })
  }

  /** Records are missing. */
  gap({ gap, msg }: ReportedGap): void {
    const names = { host: escapeName(gap.host), app: escapeName(gap.app), why: escapeName(gap.why) }
    this.#logger.warn({ gap: { ...gap, ...names } }, escapeUnsafe(msg))
  }

  /** Only the first of a sender's gaps were logged. @param gaps number of all that were found at once */
  moreGaps({ id, hello }: ReportedSender, gaps: number): void {
    const sender = toShown(id, hello)
    this.#logger.warn({ sender, gaps }, 'more records of a sender are missing: see the gap records')
  }

  #log(kind: string, { id, hello, expected }: ReportedSender, log: (shown: object) => void): void {
    const suppressed = this.#throttle.admit(kind, `${this.#events++}`)
    if (suppressed === undefined) return
    const sender = { ...toShown(id, hello), versions: hello.versions }
    log({ sender, next: expected, ...(suppressed > 0 && { suppressed }) })
  }
}

function toShown(id: string, { host, pid, app }: Hello): object {
  return { id: toHexId(id), host: escapeName(host), pid, app: escapeName(app) }
}

/** How long a sender was there, and what it has sent. @param until when it was last there, as of performance.now() */
function toVisit({ connectedAt, records, missingRecords }: ReportedLeaver, until: number): object {
  return { connectedMs: Math.round(until - connectedAt), records, missingRecords }
}
