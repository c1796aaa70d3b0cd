/** What a publisher of live records tells all who watch: how many records it has skipped. It is a record itself. */
import { parseObject } from '../util/object.ts'

/** The topic of notices. */
export const noticeTopic = 'zmq-pub-collector.WARNING.live'

/** Who tells it, and when. */
export interface NoticeOrigin {
  /** ms since the epoch */
  time: number
  pid: number
  hostname: string
}

/** @returns the text of a notice */
export function encodeNotice(
  skippedRecords: number,
  { time, pid, hostname }: NoticeOrigin
): string {
  const what = skippedRecords === 1 ? '1 record was' : `${skippedRecords} records were`
  return JSON.stringify({
    level: 40,
    time,
    pid,
    hostname,
    name: 'zmq-pub-collector',
    topic: 'live',
    skippedRecords,
    msg: `${what} not published: there were too many`
  })
}

/** @returns how many records were skipped; undefined where the message is no notice */
export function decodeNotice(topic: Buffer, text: Buffer): number | undefined {
  if (!topic.equals(noticeBytes)) return undefined
  const skipped = parseObject(text.toString())?.['skippedRecords']
  return Number.isSafeInteger(skipped) ? (skipped as number) : undefined
}

const noticeBytes = Buffer.from(noticeTopic)
