import { parentPort, workerData } from 'node:worker_threads'
import { parseObject } from '../util/object.ts'
import type { Hello } from '../wire/hello.ts'
import type { Payload } from './sender/batch.ts'

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
  const onMessage = (message: { code?: unknown; config: PinoConfig } | null): void => {
    if (message?.code !== 'PINO_CONFIG') return
    const { levels, messageKey, errorKey } = message.config
    onConfig({ levels: levels.labels, messageKey, errorKey })
  }
  port.on('message', onMessage)
  return () => void port.off('message', onMessage)
}

function isSentByPino(): boolean {
  const data = workerData as { workerData?: { pinoWillSendConfig?: boolean } } | null
  return data?.workerData?.pinoWillSendConfig === true
}

/** The `name` in the first record, which is the logger's; '' where it has none. @param payload whole records */
export function findLoggerName(payload: Payload): string {
  const text = payload.toString()
  const name = parseObject(text.slice(0, text.indexOf('\n')))?.['name']
  return typeof name === 'string' && !name.startsWith('\0') ? name : ''
}
