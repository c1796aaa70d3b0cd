/** Logs and queries at random: late, out of order, torn, of several formats, with hostile bytes. */
import type { Field, Query } from '../../lib/search/query.ts'

type Random = (below: number) => number

/** The first time of a random log. Unit: ms since the epoch */
export const startMs = Date.parse('2026-11-23T07:00:00Z')

const texts = [
  'paid',
  'db.query::slow',
  'a "b" \\ / c',
  'é日本😀',
  '\u001B[2J',
  '\u2028x',
  '',
  '17',
  '1.5',
  'x'.repeat(300)
]

/** @param lines number of lines, about */
export function makeLog(random: Random, lines: number): Buffer {
  const parts: Buffer[] = []
  for (let index = 0; index < lines; index++) {
    parts.push(makeLine(random, index))
    parts.push(Buffer.from(random(12) === 0 ? '\r\n' : '\n'))
  }
  const whole = Buffer.concat(parts)
  // A log of ASCII alone is searched in another way.
  if (random(3) === 0) for (const [at, byte] of whole.entries()) whole[at] = byte & 0x7f || 0x7a
  return random(2) === 0 ? whole : whole.subarray(0, whole.length - random(60)) // torn
}

function makeLine(random: Random, index: number): Buffer {
  const text = pick(random, texts)
  const time = startMs + index * 100 + (random(5) === 0 ? random(600_000) - 300_000 : 0)
  const record = {
    level: pick(random, [10, 20, 30, 40, 50, 35]),
    time,
    hostname: pick(random, ['web-1', 'wéb']),
    name: pick(random, ['shop', 'bill', 'a/b']),
    ...(random(3) === 0 && { order: pick(random, [17, 1.5, -0, 1e21, true, null, '17']) }),
    ...(random(4) === 0 && { a: { b: pick(random, ['deep', 17, [1]]) }, 'a.b': 'flat' }),
    ...(random(8) === 0 && { 'a.b': { 'c.d': 17 }, 'x.y': 1e21 }),
    ...(random(6) === 0 && { topic: pick(random, ['db.query', 'http']) }),
    msg: text
  }
  const json = JSON.stringify(record)
  switch (random(16)) {
    case 0:
      return Buffer.from(`2026-11-23 07:0${random(9)}:01,000 | ERROR | db | ${text.trim()}`)
    case 1:
      return Buffer.from(`    at ${text}`)
    case 2:
      return Buffer.from([0xff, 0xc3, 0x28, ...Buffer.from(text), 0xed, 0xa0])
    case 3:
      return Buffer.from('')
    case 4:
      return Buffer.from(
        json.replace('shop', String.raw`sh\u006fp`).replace('"order":1.5', '"order":15e-1')
      )
    case 5:
      return Buffer.from(json.slice(0, random(json.length)))
    case 6:
      return Buffer.from(`{"level":"warn","level":20,"msg":"first","msg":${JSON.stringify(text)}}`)
    case 7:
      return Buffer.from(`${json.slice(0, -1)},"name":"bill","order":16.99999999999999999999}`)
    default:
      return Buffer.from(json)
  }
}

const patterns = [
  'paid',
  'slow',
  '::',
  String.raw`"order":\d+`,
  'é',
  '日.+😀',
  '^.{0,40}$',
  String.raw`\d{3}\b`,
  'x+y?',
  '(?<!x)"msg"',
  String.raw`(?<!\n)^\{`,
  String.raw`at\s|ERROR`,
  '(?:shop|bill)"',
  '\uFFFD',
  ''
]

/** Without capital letters, in any case; with escapes in some lines. */
const wantedTexts = [
  'PAID',
  'paid',
  'Slow',
  'é',
  'É日',
  'a "b"',
  String.raw`\ /`,
  '\u001b[',
  '(.+',
  '17',
  'x'.repeat(20),
  '\uFFFD',
  '::slow'
]

export function makeQuery(random: Random, isText: boolean): Query {
  const maybe = <T>(values: readonly T[]): T | undefined =>
    random(4) === 0 ? pick(random, values) : undefined
  const keys = ['order=17', 'order=1.5', 'order=0', 'order=1e+21', 'order=null', 'order=true']
  const members = [...keys, 'a.b=deep', 'a.b=flat', 'a.b=17', 'a.b.c.d=17', 'x.y=1e+21', 'msg=']
  /** at most two of them; in the text format entries have no members */
  const some = (values: readonly string[], mayBeText = false): string[] =>
    isText && !mayBeText ? [] : [maybe(values) ?? [], maybe(values) ?? []].flat()
  return {
    sinceMs: maybe([startMs + 2000, startMs - 100_000]) ?? Number.NEGATIVE_INFINITY,
    untilMs: maybe([startMs + 5000, startMs + 60_000]) ?? Number.POSITIVE_INFINITY,
    withUntimed: random(4) === 0,
    level: maybe([30, 40, 50]) ?? 0,
    patterns: some(patterns, true),
    texts: some(wantedTexts, true),
    apps: some(['shop', 'a/b', 'é']),
    hosts: some(['web-1', 'wéb']),
    topics: some(['db', 'http', 'é', '']),
    fields: some(members).slice(0, 1).map(toField),
    notApps: some(['shop', 'é']),
    notHosts: some(['wéb']),
    notFields: some(members).map(toField)
  }
}

function toField(text: string): Field {
  const [key = '', value = ''] = text.split('=')
  return { key, value }
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T
}
