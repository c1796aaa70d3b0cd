/** Level numbers and level names: pino's, and Python's for the plain wire and the text format. */

/** pino's level names, by number. */
export const pinoLevelNames: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal'
}

/**
 * Python's level names, by pino's level name. There is no TRACE in Python: the recipe's collector
 * calls `getattr(logging, level.lower())`, so a level name that Python lacks would end it.
 */
export const pythonLevelNames: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL'
}

/**
 * What loggers of all languages call their levels, in lower case, by pino's number: Python's and its libraries',
 * syslog's, Java's, Go's, .NET's. A level between two of pino's has the nearest one's number, the lower of two.
 */
const namesByNumber: Readonly<Record<number, string>> = {
  10: 'trace verbose fine finer finest silly notset all',
  20: 'debug dbg config',
  30: 'info information informational notice success log',
  40: 'warn warning wrn',
  50: 'error err severe failure',
  60: 'fatal critical crit alert emerg emergency panic dpanic'
}

const numbers = new Map(
  Object.entries(namesByNumber).flatMap(([number, names]) =>
    names.split(' ').map(name => [name, Number(number)] as const)
  )
)

/** `Level 33`: what Python calls a level without a name. */
const unnamedLevel = /^level (\d{1,3})$/i

/**
 * The number of a level name that any logger may use, in any case.
 * @returns one of pino's numbers; undefined where the name is unknown
 */
export function findLevelNumber(levelName: string): number | undefined {
  if (levelName.length > maxNameLength) return undefined
  const unnamed = unnamedLevel.exec(levelName)?.[1]
  if (unnamed === undefined) return numbers.get(levelName.toLowerCase())
  // Python's numbers are 10 below pino's.
  return Math.min(60, Math.max(10, Math.round((Number(unnamed) + 9) / 10) * 10))
}

/** A level as people give it: a name that any logger may use, or a number. @returns undefined where it is neither */
export function parseLevel(text: string): number | undefined {
  return toNumber(text) ?? findLevelNumber(text)
}

/** In capitals these are words of a root or a sub-topic, too. */
const ordinaryWords: ReadonlySet<string> = new Set(['ALL', 'CONFIG', 'FAILURE', 'FINE', 'LOG'])

/** Whether a part of a plain topic is a level: a name that loggers use, and that is hardly used for anything else. */
export function isTopicLevel(levelName: string): boolean {
  return !ordinaryWords.has(levelName) && findLevelNumber(levelName) !== undefined
}

/** No level name that has a meaning is longer. Unit: characters */
const maxNameLength = 16

/** A record's level as a number, undefined where it is none. A number may be written as a text. */
function toNumber(level: unknown): number | undefined {
  if (typeof level === 'number') return Number.isFinite(level) ? level : undefined // 1e400 is read as Infinity
  return typeof level === 'string' && /^\d{1,4}$/.test(level) ? Number(level) : undefined
}

/** syslog's severities, from 0 on, as journald and GELF have them: no logger gives its records so low numbers. */
const syslogLevels = [60, 60, 60, 50, 40, 30, 30, 20]

/**
 * The level name of a record's level.
 * @param level what the record has: a number, a level name, or anything else
 * @param levelNames the sender's level names, by number
 * @returns the number as text where it has no name, 'info' where the record has no level
 */
export function toLevelName(level: unknown, levelNames: Readonly<Record<string, string>>): string {
  const number = toNumber(level)
  if (number === undefined) return typeof level === 'string' && level !== '' ? level : 'info'
  return levelNames[number] ?? pinoLevelNames[syslogLevels[number] ?? number] ?? String(number)
}

/**
 * The number of a record's level: the sender's own, else by the name that any logger may use, in any case; 30 (INFO)
 * where it is unknown.
 */
export function toLevelNumber(
  level: unknown,
  levelNames: Readonly<Record<string, string>>
): number {
  const number = toNumber(level)
  if (number !== undefined) {
    return levelNames[number] === undefined ? (syslogLevels[number] ?? number) : number
  }
  if (typeof level !== 'string') return defaultLevel
  const wanted = level.toLowerCase()
  for (const [own, name] of Object.entries(levelNames)) {
    if (name.toLowerCase() === wanted) return Number(own)
  }
  return findLevelNumber(level) ?? defaultLevel
}

/**
 * The level name in a path: pino's for names that several loggers use for one level, so that records of all languages
 * share a file; else as it is.
 */
export function toPinoLevelName(
  levelName: string,
  levelNames: Readonly<Record<string, string>>
): string {
  const isOwn = Object.values(levelNames).includes(levelName)
  const number = isOwn ? undefined : findLevelNumber(levelName)
  return number === undefined ? levelName : (pinoLevelNames[number] ?? levelName)
}

/** Python's names where others are spelt otherwise. Names that say something else, such as NOTICE or PANIC, stay. */
const pythonSpellings: Readonly<Record<string, string>> = {
  dbg: 'DEBUG',
  information: 'INFO',
  informational: 'INFO',
  warn: 'WARNING',
  wrn: 'WARNING',
  err: 'ERROR',
  crit: 'CRITICAL',
  fatal: 'CRITICAL'
}

/** A level name in capitals, as Python spells it, so that one search finds the records of all kinds of senders. */
export function toCapitals(levelName: string): string {
  const name = levelName.toLowerCase()
  return Object.hasOwn(pythonSpellings, name)
    ? (pythonSpellings[name] as string)
    : levelName.toUpperCase()
}

/** INFO */
const defaultLevel = 30
