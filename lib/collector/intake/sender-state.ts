import type { Header } from '../../wire/message.ts'
import type { Hello } from '../../wire/hello.ts'
import { createTally, type Tally } from '../reporting/traffic.ts'

/** What a collector knows of one sender. */
export interface SenderState {
  /** 8 bytes as latin1 */
  readonly id: string
  /** its latest hello */
  hello: Hello
  /** sequence number of the next record to accept */
  expected: number
  /** highest sequence number up to which all records are in all required outputs, 0 for none */
  committed: number
  /** highest sequence number that was acknowledged; -1 before the first ack */
  told: number
  /** what was committed since then. Unit: bytes */
  untoldBytes: number
  /** the same in batches */
  untoldBatches: number
  /** whether it has said hello, and was not told everything since then */
  isAsking: boolean
  /** when its last message came. Unit: ms of the caller's clock */
  heardAt: number
  /** whether it has sent a bye, or became silent */
  isGone: boolean
  /** whether it has said goodbye: a sender that is gone without it has ended, or was cut off */
  hasSaidBye: boolean
  /** whether its bye said that nothing of it will ever be sent again */
  isFinal: boolean
  /** when it came, or came back. Unit: ms of the caller's clock */
  connectedAt: number
  /** records taken since then */
  records: number
  /** of these. Unit: bytes */
  bytes: number
  /** records in gaps since then */
  missingRecords: number
  /** whether its next record is to be measured */
  isLagWanted: boolean
  /** age of the last record that was measured when it was written; undefined where none was. Unit: ms */
  lagMs: number | undefined
  /** where they are counted by the sender's name, too */
  tally: Tally
}

/** A sender that is not there yet. @param remembered sequence number of the next record to accept, if it is known */
export function createSender(
  { senderId, first }: Header,
  hello: Hello,
  remembered: number | undefined
): SenderState {
  // A new sender may have dropped its first records before a collector was there.
  const oldest = Math.min(first, hello.dropped[0]?.from ?? first)
  const expected = remembered ?? oldest
  return {
    id: senderId,
    hello,
    expected,
    committed: expected - 1,
    told: -1,
    untoldBytes: 0,
    untoldBatches: 0,
    isAsking: false,
    heardAt: 0,
    isGone: true,
    hasSaidBye: false,
    isFinal: false,
    connectedAt: 0,
    records: 0,
    bytes: 0,
    missingRecords: 0,
    isLagWanted: false,
    lagMs: undefined,
    tally: createTally()
  }
}

/** Whether all that was taken of a sender is in all required outputs. */
export function isCommitted({ committed, expected }: SenderState): boolean {
  return committed === expected - 1
}
