import { XSubscriber, type Context } from 'zeromq'

/** ZMQ_ZERO_COPY_RECV, an option of a Context that zeromq has no name for */
const zmqZeroCopy = 10

/** What a Context of zeromq can do beside what its type says. */
interface OptionContext {
  getBoolOption(option: number): boolean
  setBoolOption(option: number, value: boolean): void
}

/**
 * Opens an XSUB socket that copies small messages out of what was read. Otherwise each of them keeps the 18 KiB
 * that libzmq makes for one read, until its Buffer is collected: 100 senders of small batches held 200 MiB so.
 * What is larger than 8 KiB is received into memory of its own either way.
 */
export function openCopyingSubscriber(context: Context): XSubscriber {
  const options = context as unknown as OptionContext
  const usual = options.getBoolOption(zmqZeroCopy)
  options.setBoolOption(zmqZeroCopy, false)
  const socket = new XSubscriber({ context })
  options.setBoolOption(zmqZeroCopy, usual) // a socket keeps what it was made with; the others aren't ours
  return socket
}

/** Whether `receive()` of a socket without a receive timeout has failed because no message is there. */
export function isEmpty(socket: XSubscriber, error: unknown): boolean {
  return !socket.closed && (error as NodeJS.ErrnoException).code === 'EAGAIN'
}
