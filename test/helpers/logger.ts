/** Loggers that use the transport, in this process. */
import { once } from 'node:events'
import { pino, type Logger, type LoggerOptions, type TransportSingleOptions } from 'pino'
import type { Test } from 'tap'
import type { TransportEvents } from '../../lib/transport/events.ts'
import type { TransportOptions } from '../../transport.ts'

/** What pino.transport() returns. */
export type TransportStream = ReturnType<typeof pino.transport>

/**
 * Ends a transport whose collector may run in this very thread, which `end()` blocks: what is
 * undelivered is flushed first. pino unrefs its worker, so something must keep the process alive.
 */
export async function endTransport(stream: TransportStream): Promise<void> {
  if (!(stream as unknown as { writable: boolean }).writable) return
  const alive = setInterval(() => undefined, 1000)
  await new Promise(resolve => stream.flush(resolve))
  const closed = once(stream, 'close')
  stream.end()
  await closed
  clearInterval(alive)
}

/** Starts a transport by name, as an app does. */
export async function startTransport(
  t: Test,
  options: TransportOptions | TransportSingleOptions
): Promise<TransportStream> {
  const isPino = 'target' in options || 'targets' in options || 'pipeline' in options
  const stream = pino.transport(
    isPino ? (options as TransportSingleOptions) : { target: 'zmq-pub', options }
  )
  stream.on('error', () => undefined)
  const alive = setInterval(() => undefined, 1000)
  await once(stream, 'ready')
  clearInterval(alive)
  t.teardown(() => endTransport(stream))
  return stream
}

/** A logger over a new transport. */
export async function startLogger(
  t: Test,
  options: TransportOptions,
  loggerOptions: LoggerOptions = {}
): Promise<{ logger: Logger; stream: TransportStream }> {
  const stream = await startTransport(t, options)
  return { logger: pino(loggerOptions, stream), stream }
}

/** Waits for one event of a transport. */
export async function waitForEvent<Name extends keyof TransportEvents>(
  stream: TransportStream,
  name: Name
): Promise<TransportEvents[Name]> {
  const alive = setInterval(() => undefined, 1000)
  const [detail] = (await once(stream, name)) as [TransportEvents[Name]]
  clearInterval(alive)
  return detail
}
