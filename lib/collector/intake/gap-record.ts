import { hostname } from 'node:os'
import { toHexId } from '../../wire/id.ts'
import type { Gap, SenderState } from './sender-sessions.ts'

/** The record that stands in the log where records of a sender are missing. */
export interface GapRecord {
  level: 40
  /** ms since the epoch */
  time: number
  pid: number
  hostname: string
  name: 'zmq-pub-collector'
  msg: string
  gap: {
    sender: string
    host: string
    pid: number
    app: string
    from: number
    to: number
    records: number
    why: string
  }
}

export function toGapRecord(
  { id, hello }: SenderState,
  { from, to, why }: Gap,
  now: number
): GapRecord {
  const { host, pid, app } = hello
  const records = to - from + 1
  const who = `${app === '' ? 'an app' : app} (pid ${pid} on ${host})`
  return {
    level: 40,
    time: now,
    pid: process.pid,
    hostname: hostname(),
    name: 'zmq-pub-collector',
    msg: `${records === 1 ? '1 record' : `${records} records`} of ${who} ${records === 1 ? 'is' : 'are'} missing: ${why}`,
    gap: { sender: toHexId(id), host, pid, app, from, to, records, why }
  }
}
