import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { RotatingLog, type RotatingLogOptions } from '../../lib/collector/files/rotating-log.ts'
import type { WriteJournal } from '../../lib/collector/files/write-journal.ts'
import { LogIndexes } from '../../lib/collector/naming/log-indexes.ts'
import { Calendar } from '../../lib/collector/time/calendar.ts'
import { TimeZone } from '../../lib/collector/time/time-zone.ts'
import { latch } from './wait.ts'

/** A journal that notes nothing. */
export const noJournal: WriteJournal = {
  before: () => undefined,
  after: () => undefined,
  withdraw: () => undefined
}

/** Options of a log with hourly files, and what it reports. The clock is at 14:00 until `goTo`. */
export function makeLog(t: Test, tree: Parameters<Test['testdir']>[0] = {}) {
  const dir = t.testdir(tree)
  let now = 0
  const goTo = (hour: number): void => void (now = Date.parse(`2026-11-23T${hour}:00:00Z`))
  goTo(14)
  const opened: string[] = []
  const recoveries: string[] = []
  const troubles: string[] = []
  const calendar = new Calendar('hourly', new TimeZone('utc'))
  const toName = (path: string): string => path.slice(dir.length + 1)
  const options: RotatingLogOptions = {
    file: `${dir}/{date}.log`,
    maxBytes: 0,
    indexes: new LogIndexes(),
    isSealed: () => false,
    periodNow: () => calendar.periodAt(now),
    fsync: false,
    beforeOpen: () => undefined,
    journal: noJournal,
    onOpen: path => opened.push(toName(path)),
    onTrouble: (path, error) => troubles.push(`${toName(path)}: ${error.message}`),
    onRecovery: (path, troubleMs, waitingBytes) =>
      recoveries.push(`${toName(path)}: ${waitingBytes} bytes, ${troubleMs >= 0}`),
    onUnsynced: (path, error) => troubles.push(`${toName(path)} is not synced: ${error.message}`)
  }
  /** The lines in the file of this hour. */
  const read = (hour: number): string[] =>
    readFileSync(`${dir}/2026-11-23T${hour}.log`, 'utf8').split('\n').slice(0, -1)
  return { dir, goTo, opened, troubles, recoveries, options, read }
}

/** A log whose file is open. */
export async function openLog(options: RotatingLogOptions): Promise<RotatingLog> {
  const log = new RotatingLog(options)
  await log.start()
  return log
}

/** Appends a line, and has it written. @returns resolves when it is written */
export function appendLine(log: RotatingLog, line: string): Promise<void> {
  const { promise, open } = latch()
  log.append(Buffer.from(`${line}\n`), undefined, open)
  log.flush()
  return promise
}
