import { pino, type Logger } from 'pino'
import { build as pretty } from 'pino-pretty'

/** The collector's own log: NDJSON on stderr, readable lines where that is a terminal. */
export function createCollectorLogger(isTerminal = process.stderr.isTTY): Logger {
  const settings = { name: 'zmq-pub-collector' }
  if (!isTerminal) return pino(settings, pino.destination({ fd: 2, sync: true }))
  const ignore = 'pid,hostname,name,sender.versions,sender.id'
  return pino(
    settings,
    pretty({ destination: 2, sync: true, ignore, translateTime: 'SYS:HH:MM:ss' })
  )
}
