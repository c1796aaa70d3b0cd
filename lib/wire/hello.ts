import { hostname } from 'node:os'
import { parseObject } from '../util/object.ts'
import { version } from '../version.ts'
import { isSeq } from './seq.ts'

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
  /** keys of level, time and message in the records; undefined where the sender doesn't know them */
  levelKey?: string | undefined
  timeKey?: string | undefined
  messageKey?: string | undefined
  errorKey: string
  /** dropped records that aren't acknowledged yet: ranges in ascending order that don't overlap */
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
    errorKey: 'err',
    dropped: []
  }
}

/** @returns the payload of a hello: JSON */
export function encodeHello(hello: Hello): Buffer {
  return Buffer.from(JSON.stringify(hello))
}

/** @param isFinal whether no process will ever send anything of this sender id again @returns the payload of a bye */
export function encodeBye(isFinal: boolean): Buffer {
  return Buffer.from(isFinal ? '{"final":true}' : '')
}

/** Whether a bye says that nothing of this sender id will ever be sent again. Without a payload it may be. */
export function isFinalBye(payload: Buffer): boolean {
  return payload.length <= maxByeBytes && parseObject(payload.toString())?.['final'] === true
}

/** Unit: bytes */
const maxByeBytes = 1024

/**
 * Reads a hello, also of another version: what is missing, has another type or is out of range gets a default.
 * @returns undefined where the payload isn't a JSON object
 */
export function decodeHello(payload: Buffer): Hello | undefined {
  const given = parseObject(payload.toString())
  if (!given) return undefined
  return {
    host: toText(given['host'], 'unknown'),
    pid: isPid(given['pid']) ? given['pid'] : 0,
    app: toText(given['app'], ''),
    ...(typeof given['topic'] === 'string' && { topic: given['topic'] }),
    versions: toTexts(given['versions']),
    levels: toTexts(given['levels']),
    ...toKeys(given),
    errorKey: toText(given['errorKey'], 'err'),
    dropped: Array.isArray(given['dropped']) ? toDropped(given['dropped']) : []
  }
}

function toKeys(given: Record<string, unknown>): Partial<Hello> {
  const names = ['levelKey', 'timeKey', 'messageKey'] as const
  const said = names.filter(name => typeof given[name] === 'string' && given[name] !== '')
  return Object.fromEntries(said.map(name => [name, given[name]]))
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

function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** The ranges that are possible, in ascending order, each without what an earlier one has. */
function toDropped(values: readonly unknown[]): DroppedRange[] {
  const dropped: DroppedRange[] = []
  for (const range of values.filter(isDroppedRange).toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(range.from, (dropped.at(-1)?.to ?? 0) + 1)
    if (from <= range.to) dropped.push({ from, to: range.to, why: range.why })
  }
  return dropped
}

function isDroppedRange(value: unknown): value is DroppedRange {
  const range = value as Partial<DroppedRange> | null
  return (
    isSeq(range?.from) && isSeq(range.to) && range.from <= range.to && typeof range.why === 'string'
  )
}
