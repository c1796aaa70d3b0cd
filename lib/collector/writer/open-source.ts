import type { Engine } from '../../engine/engine.ts'
import { NatsEngine } from '../../engine/nats/nats-engine.ts'
import { ZmqPubError } from '../../errors.ts'
import type { ResolvedNatsSource } from '../options/engine-options.ts'

export { StreamSource } from './stream-source.ts'

/** Connects a writer to its stream. @throws ERR_ZMQ_PUB_ENGINE */
export async function openEngine(from: ResolvedNatsSource): Promise<Engine> {
  const engine = await NatsEngine.openForWriter(from)
  const missing = from.partitions.find(partition => partition >= engine.partitions)
  if (missing === undefined) return engine
  await engine.close()
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_ENGINE',
    `from.nats.partitions must be partitions of the stream ${from.stream}, which has 0 to ${engine.partitions - 1}, got ${missing}`
  )
}
