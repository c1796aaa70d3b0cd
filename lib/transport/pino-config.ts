import { parentPort, workerData } from 'node:worker_threads'
import { readMembers, readText } from '../record/members.ts'
import { cutText } from '../util/text.ts'
import type { Hello } from '../wire/hello.ts'
import { maxNameBytes } from '../wire/limits.ts'
import { joinPayload, type Payload } from './sender/batch.ts'

/** What pino tells its transports about the logger. */
interface PinoConfig {
  levels: { labels: Record<string, string> }
  messageKey: string
  errorKey: string
}

/**
 * Calls back with the logger's level names and keys once pino has sent them to this worker.
 * @returns removes the listener
 */
export function watchPinoConfig(onConfig: (known: Partial<Hello>) => void): () => void {
  if (!parentPort || !isSentByPino()) return () => undefined
  const port = parentPort
  const onMessage = (message: unknown): void => {
    const known = readPinoConfig(message)
    if (known) onConfig(known)
  }
  port.on('message', onMessage)
  return () => void port.off('message', onMessage)
}

/** What pino's message to a transport says about the logger; undefined for any other message. */
export function readPinoConfig(message: unknown): Partial<Hello> | undefined {
  const { code, config } = (message ?? {}) as { code?: unknown; config: PinoConfig }
  if (code !== 'PINO_CONFIG') return undefined
  const { levels, messageKey, errorKey } = config
  return { levels: levels.labels, messageKey, errorKey }
}

function isSentByPino(): boolean {
  const data = workerData as { workerData?: { pinoWillSendConfig?: boolean } } | null
  return data?.workerData?.pinoWillSendConfig === true
}

/** A longer first record has no name that counts. Unit: characters */
const maxFirstCharacters = 1024 * 1024

/** Finds the name of the logger in the first record, which tells it: pino doesn't. */
export class LoggerNameReader {
  #parts: Payload[] = []
  #characters = 0
  #isDone = false

  /** Whether the first record was read. */
  get isDone(): boolean {
    return this.#isDone
  }

  /**
   * @param chunk the next lines, cut anywhere
   * @returns the name, cut where it is too long; '' where the record has none; undefined where it hasn't ended
   */
  read(chunk: Payload): string | undefined {
    this.#parts.push(chunk)
    this.#characters += chunk.length
    this.#isDone = chunk.includes('\n') || this.#characters > maxFirstCharacters
    if (!this.#isDone) return undefined
    const name = findName(joinPayload(this.#parts).toString())
    this.#parts = []
    return name
  }
}

function findName(text: string): string {
  const end = text.indexOf('\n')
  const record = end === -1 ? undefined : readMembers(text.slice(0, end))
  // The logger's stands before a field of that name.
  const name = (record && readText(record, record.keys.indexOf('name'))) ?? ''
  return name.startsWith('\0') ? '' : cutText(name, maxNameBytes)
}
