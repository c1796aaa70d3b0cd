/** Collectors that a hostile peer talks to, and the honest app that must not notice. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import type { CurveOptions } from '../../lib/transport/options.ts'
import { readFolder } from './collector.ts'
import { startLogger } from './logger.ts'
import { startCollectorProgram, type CollectorProgram } from './program.ts'
import type { RawKeys } from './raw-sender.ts'
import { waitFor } from './wait.ts'

/** Starts a collector that writes to `folder`. */
export function startOn(t: Test, folder: string, flags: string[] = []): Promise<CollectorProgram> {
  return startCollectorProgram(t, ['--file', join(folder, '{date}.log'), ...flags])
}

/** A collector with keys, and the keys of two clients that may connect. */
export interface SecureCollector extends CollectorProgram {
  /** of the honest app */
  curve: CurveOptions
  /** of the hostile peer: authorized, and not to be trusted */
  hostileKeys: RawKeys
}

/** Starts a collector with CURVE that writes to `folder`; the keys are in a folder of it. */
export async function startSecureOn(
  t: Test,
  folder: string,
  flags: string[] = []
): Promise<SecureCollector> {
  const keys = join(folder, 'keys')
  mkdirSync(keys)
  const [server, honest, hostile] = [createKeyPair(), createKeyPair(), createKeyPair()]
  const { secretPath, publicPath: serverKeyFile } = writeKeyPair(keys, 'collector', server)
  const { secretPath: secretKeyFile } = writeKeyPair(keys, 'honest', honest)
  const list = join(keys, 'clients.txt')
  writeFileSync(list, `honest ${honest.publicKey}\nhostile ${hostile.publicKey}\n`)
  const access = ['--curve-secret-key', secretPath, '--authorized-keys', list]
  return {
    ...(await startOn(t, folder, [...access, ...flags])),
    curve: { serverKeyFile, secretKeyFile },
    hostileKeys: { keyPair: hostile, serverKey: server.publicKey }
  }
}

/** How long an honest line may take: more than the slowest machine needs, less than an attack that works costs. Unit: ms */
export const honestLineMs = 20_000

/** Whether a line of an honest app comes into the log within `honestLineMs`. */
export async function isLineWritten(
  t: Test,
  { address, curve }: Pick<SecureCollector, 'address'> & Partial<SecureCollector>,
  folder: string
): Promise<boolean> {
  const { logger } = await startLogger(t, { address, ...(curve && { curve }) })
  const line = `honest ${Math.random()}`
  logger.info(line)
  return waitFor(() => readFolder(folder).includes(line), line, honestLineMs).catch(() => false)
}
