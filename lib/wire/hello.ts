import { hostname } from 'node:os'
import { parseObject } from '../util/object.ts'
import { version } from '../version.ts'

/** A hello is sent this often, so that a collector can tell a quiet sender from one that is gone. Unit: ms */
export const helloIntervalMs = 10_000

/** Records that a sender dropped: sequence numbers, both ends included, and the reason. */
export interface DroppedRange {
  from: number
  to: number
  why: string
}

/** Who a sender is: the JSON payload of a hello. */
export interface Hello {
  host: string
  pid: number
  /** the logger's `name`, empty where it has none */
  app: string
  /** the option `topic`; without it the root topic is `app` */
  topic?: string | undefined
  /** versions of zmq-pub and Node.js */
  versions: Readonly<Record<string, string>>
  /** the logger's level names, by number */
  levels: Readonly<Record<string, string>>
  messageKey: string
  errorKey: string
  /** dropped records that aren't acknowledged yet; oldest first */
  dropped: readonly DroppedRange[]
}

/** The hello of this process before the logger's settings are known. */
export function createHello(): Hello {
  return {
    host: hostname(),
    pid: process.pid,
    app: '',
    versions: { 'zmq-pub': version, node: process.versions.node },
    levels: {},
    messageKey: 'msg',
    errorKey: 'err',
    dropped: []
  }
}

/** @returns the payload of a hello: JSON */
export function encodeHello(hello: Hello): Buffer {
  return Buffer.from(JSON.stringify(hello))
}

/**
 * Reads a hello, also of another version: what is missing or has another type gets a default.
 * @returns undefined where the payload isn't a JSON object
 */
export function decodeHello(payload: Buffer): Hello | undefined {
  const given = parseObject(payload.toString())
  if (!given) return undefined
  return {
    host: toText(given['host'], 'unknown'),
    pid: typeof given['pid'] === 'number' ? given['pid'] : 0,
    app: toText(given['app'], ''),
    ...(typeof given['topic'] === 'string' && { topic: given['topic'] }),
    versions: toTexts(given['versions']),
    levels: toTexts(given['levels']),
    messageKey: toText(given['messageKey'], 'msg'),
    errorKey: toText(given['errorKey'], 'err'),
    dropped: Array.isArray(given['dropped']) ? given['dropped'].filter(isDroppedRange) : []
  }
}

function toText(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback
}

function toTexts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const texts = Object.entries(value).filter(([, item]) =>
    ['string', 'number'].includes(typeof item)
  )
  return Object.fromEntries(texts.map(([key, item]) => [key, String(item)]))
}

function isDroppedRange(value: unknown): value is DroppedRange {
  const range = value as Partial<DroppedRange> | null
  return (
    Number.isSafeInteger(range?.from) &&
    Number.isSafeInteger(range?.to) &&
    typeof range?.why === 'string'
  )
}
