import { connectNats, loadNats } from '../engine/nats/nats-connection.ts'
import type { NatsConnectOptions } from '../engine/nats/nats-options.ts'
import { toMessage } from '../errors.ts'

/** What would keep a gateway or a writer from its stream, as messages with their codes. The stream itself is not looked at. */
export async function findEngineProblems(options: NatsConnectOptions): Promise<string[]> {
  try {
    const connection = await connectNats(await loadNats(), options, 'zmq-pub validate')
    await connection.close()
    return []
  } catch (error) {
    return [toMessage(error)]
  }
}
