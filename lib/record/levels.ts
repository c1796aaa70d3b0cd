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
 * pino's level name for a record's level.
 * @param level what the record has: a number, a level name, or anything else
 * @param levelNames the sender's level names, by number
 * @returns the number as text where it has no name, 'info' where the record has no level
 */
export function toLevelName(level: unknown, levelNames: Readonly<Record<string, string>>): string {
  if (typeof level === 'number') return levelNames[level] ?? pinoLevelNames[level] ?? String(level)
  return typeof level === 'string' && level !== '' ? level : 'info'
}

/** The number of a level name, the sender's or pino's, in any case; 30 (INFO) where it is unknown. */
export function toLevelNumber(
  levelName: string,
  levelNames: Readonly<Record<string, string>>
): number {
  const wanted = levelName.toLowerCase()
  const named = [...Object.entries(levelNames), ...Object.entries(pinoLevelNames)]
  const [number] = named.find(([, name]) => name.toLowerCase() === wanted) ?? []
  return Number(number ?? defaultLevel)
}

/** INFO */
const defaultLevel = 30
