import { pino, type Logger } from 'pino'
import { build as pretty } from 'pino-pretty'

/**
 * Creates the logger of the collector's own log, which writes to stderr.
 * @param isTerminal whether to write lines for people in place of NDJSON
 */
export function createCollectorLogger(isTerminal = process.stderr.isTTY): Logger {
  const settings = { name: 'zmq-pub-collector' }
  if (!isTerminal) return pino(settings, pino.destination({ fd: 2, sync: true }))
  const ignore = 'pid,hostname,name,sender.versions,sender.id'
  return pino(
    settings,
    pretty({ destination: 2, sync: true, ignore, translateTime: 'SYS:HH:MM:ss' })
  )
}
