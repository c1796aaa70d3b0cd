import { parentPort, workerData } from 'node:worker_threads'
import { readMembers, readText } from '../record/members.ts'
import { cutText } from '../util/text.ts'
import type { Hello } from '../wire/hello.ts'
import { maxNameBytes } from '../wire/limits.ts'
import { joinPayload, type Payload } from './sender/batch.ts'

/** The properties of a logger that pino sends to its transports. */
interface PinoConfig {
  levels: { labels: Record<string, string> }
  messageKey: string
  errorKey: string
}

/**
 * Calls back with the logger's level names and keys when pino sends them to this worker.
 * @returns a function that removes the listener
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

/** Reads pino's message about the logger. @returns undefined for any other message */
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

/** In a longer first record the name is not looked for. Unit: characters */
const maxFirstCharacters = 1024 * 1024

/** Finds the logger's name in the first record, because pino does not send it to transports. */
export class LoggerNameReader {
  #parts: Payload[] = []
  #characters = 0
  #isDone = false

  /** Whether the first record has been read. */
  get isDone(): boolean {
    return this.#isDone
  }

  /**
   * Reads the next chunk of lines, which may end anywhere in a line.
   * @returns the name, shortened if it is too long; '' if the record has none; undefined if the record is not complete
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
  // The logger's name comes before a field of the record with the same key.
  const name = (record && readText(record, record.keys.indexOf('name'))) ?? ''
  return name.startsWith('\0') ? '' : cutText(name, maxNameBytes)
}
