/** How a stream is found or made while a cluster may not be ready. */
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import { setTimeout as delay } from 'node:timers/promises'
import type { StreamFacts } from './nats-stream.ts'

/** JetStream's code of the error. */
export const streamNotFound = 10059
/** The same: another one has made a stream of this name. */
const streamInUse = 10058
/** How long the start waits for a cluster that has no leader yet. Unit: ms */
const startTimeoutMs = 30_000
const retryMs = 500

/** Another gateway may make the stream at the same time. */
export async function makeStream(
  manager: JetStreamManager,
  config: StreamFacts & { duplicate_window: number }
): Promise<StreamInfo> {
  const found = await manager.streams.info(config.name).catch((error: unknown) => {
    if ((error as { code?: number }).code === streamNotFound) return undefined
    throw error
  })
  if (found) return found
  try {
    return await manager.streams.add(config as Parameters<typeof manager.streams.add>[0])
  } catch (error) {
    if ((error as { code?: number }).code !== streamInUse) throw error
    return manager.streams.info(config.name)
  }
}

/** Tries again while the cluster answers that it isn't ready, or not at all. */
export async function untilLeader<T>(act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw error
      await delay(retryMs)
    }
  }
}

/** Whether an error ends by itself: no leader, no answer. JetStream's own refusals don't. */
function isPassing(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: number }
  if (name === 'JetStreamNotEnabled' || name === 'TimeoutError') return true
  return code === 10008 || code === 10009 // temporarily unavailable
}
