/** Level numbers and their levelNames: pino's, and Python's, which the plain wire and the text format speak. */

/** pino's own levels, by number. */
export const pinoLevelNames: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal'
}

/**
 * What Python's logging calls pino's levels. There is no TRACE in Python: the recipe's collector
 * calls `getattr(logging, level.lower())`, so a levelName that Python lacks would end it.
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
 * pino's levelName for a record's level.
 * @param level what the record has: a number, a levelName, or nothing
 * @param levelNames the sender's custom levelNames by number
 * @returns the level as text where no levelName is known, 'info' where the record has none
 */
export function toLevelName(level: unknown, levelNames: Readonly<Record<string, string>>): string {
  if (typeof level === 'number') return levelNames[level] ?? pinoLevelNames[level] ?? String(level)
  return typeof level === 'string' && level !== '' ? level : 'info'
}

/** The number of a level by its levelName, as a sender calls it or as pino does; INFO where nobody knows it. */
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
