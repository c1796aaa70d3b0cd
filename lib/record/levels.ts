/** Level numbers and their labels: pino's, and Python's, which the plain wire and the text format speak. */

/** pino's own levels, by number. */
export const pinoLabels: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal'
}

/**
 * What Python's logging calls pino's levels. There is no TRACE in Python: the recipe's collector
 * calls `getattr(logging, level.lower())`, so a label that Python lacks would end it.
 */
export const pythonLabels: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL'
}

/**
 * pino's label for a record's level.
 * @param level what the record has: a number, a label, or nothing
 * @param labels the sender's custom labels by number
 * @returns the level as text where no label is known, 'info' where the record has none
 */
export function toLabel(level: unknown, labels: Readonly<Record<string, string>>): string {
  if (typeof level === 'number') return labels[level] ?? pinoLabels[level] ?? String(level)
  return typeof level === 'string' && level !== '' ? level : 'info'
}

/** The number of a level by its label, as a sender calls it or as pino does; INFO where nobody knows it. */
export function toLevelNumber(label: string, labels: Readonly<Record<string, string>>): number {
  const wanted = label.toLowerCase()
  const named = [...Object.entries(labels), ...Object.entries(pinoLabels)]
  const [number] = named.find(([, name]) => name.toLowerCase() === wanted) ?? []
  return Number(number ?? defaultLevel)
}

/** INFO */
const defaultLevel = 30
