/** Collectors that a hostile peer talks to, and the honest app that must not notice. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { readFolder } from './collector.ts'
import { startLogger } from './logger.ts'
import { startCollectorProgram, type CollectorProgram } from './program.ts'
import { waitFor } from './wait.ts'

/** Starts a collector that writes to `folder`. */
export function startOn(t: Test, folder: string, flags: string[] = []): Promise<CollectorProgram> {
  return startCollectorProgram(t, ['--file', join(folder, '{date}.log'), ...flags])
}

/** Whether a line of an honest app comes into the log within 2 s. */
export async function isLineWritten(
  t: Test,
  { address }: CollectorProgram,
  folder: string
): Promise<boolean> {
  const { logger } = await startLogger(t, { address })
  const line = `honest ${Math.random()}`
  logger.info(line)
  return waitFor(() => readFolder(folder).includes(line), line, 2000).catch(() => false)
}
