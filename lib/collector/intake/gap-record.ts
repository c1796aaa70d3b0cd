import { hostname } from 'node:os'
import { toHexId } from '../../wire/id.ts'
import type { Gap, SenderState } from './sender-sessions.ts'

/** The pino record that is written to the log in place of missing records. */
export interface GapRecord {
  level: 40
  /** ms since the epoch */
  time: number
  pid: number
  hostname: string
  name: 'zmq-pub-collector'
  msg: string
  gap: {
    /** sender id in hex */
    sender: string
    host: string
    pid: number
    app: string
    /** sequence number of the first and the last missing record, and their number */
    from: number
    to: number
    records: number
    why: string
  }
}

/** Describes a gap as a record. @param now ms since the epoch */
export function toGapRecord(
  { id, hello }: Pick<SenderState, 'id' | 'hello'>,
  { from, to, why }: Gap,
  now: number
): GapRecord {
  const { host, pid, app } = hello
  const records = to - from + 1
  const senderName = `${app === '' ? 'an app' : app} (pid ${pid} on ${host})`
  return {
    level: 40,
    time: now,
    pid: process.pid,
    hostname: hostname(),
    name: 'zmq-pub-collector',
    msg: `${records === 1 ? '1 record' : `${records} records`} of ${senderName} ${records === 1 ? 'is' : 'are'} missing: ${why}`,
    gap: { sender: toHexId(id), host, pid, app, from, to, records, why }
  }
}
