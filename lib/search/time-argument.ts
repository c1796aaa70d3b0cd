import type { TimeZone } from '../collector/time/time-zone.ts'
import { toInstant } from '../collector/time/timestamp.ts'
import { ZmqPubError } from '../errors.ts'

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * Reads a time as people write it: `2h` is two hours ago; or ISO 8601, or a number since the epoch.
 * @param optionName for the message @param zone of a time that names none @param nowMs ms since the epoch
 * @returns ms since the epoch @throws ERR_ZMQ_PUB_OPTION
 */
export function parseTime(text: string, optionName: string, zone: TimeZone, nowMs: number): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const timeMs =
    unit === undefined
      ? toInstant(text, zone)
      : nowMs - Number(digits) * unitMs[unit as keyof typeof unitMs]
  if (timeMs !== undefined) return timeMs
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${optionName} must be a duration before now such as 30s, 15m, 2h or 7d, or a time such as 2026-11-23, '2026-11-23 07:00' or 2026-11-23T06:00:00Z, got ${JSON.stringify(text.slice(0, 80))}`
  )
}
