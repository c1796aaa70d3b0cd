import { XSubscriber } from 'zeromq'
import { loopback } from './loopback.ts'

/** An address on this machine that nobody uses, for a socket that doesn't tell which port it got. */
export async function findFreeAddress(): Promise<string> {
  const socket = new XSubscriber()
  await socket.bind(`tcp://${loopback}:*`)
  const address = socket.lastEndpoint ?? ''
  socket.close()
  return address
}
