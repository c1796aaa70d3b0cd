/** Plain ZeroMQ publishers, which don't use zmq-pub. */
import type { Test } from 'tap'
import { XPublisher } from 'zeromq'

/** Publishes messages from a plain socket, once the collector has subscribed. */
export async function publish(
  t: Test,
  address: string,
  messages: (string | Buffer)[][]
): Promise<void> {
  const socket = new XPublisher()
  t.teardown(() => socket.close())
  socket.connect(address)
  for (;;) {
    const [subscription] = await socket.receive()
    if (subscription?.equals(Buffer.of(1))) break // everything, as the collector does by default
  }
  for (const message of messages) await socket.send(message)
}
