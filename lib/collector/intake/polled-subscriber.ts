import { XSubscriber, type Context } from 'zeromq'
import { canRead } from '../../util/socket-option.ts'

/** ZMQ_ZERO_COPY_RECV, an option of a Context that zeromq has no name for */
const zmqZeroCopy = 10

/** What a Context of zeromq can do beside what its type says. */
interface OptionContext {
  getBoolOption(option: number): boolean
  setBoolOption(option: number, value: boolean): void
}

/** An XSUB socket that tells whether it can be read, without a pending receive(). */
export class PolledSubscriber extends XSubscriber {
  /**
   * Opens one that copies small messages out of what was read. Otherwise each of them keeps the 18 KiB that
   * libzmq makes for one read, until its Buffer is collected: 100 senders of small batches held 200 MiB so.
   * What is larger than 8 KiB is received into memory of its own either way.
   */
  static open(context: Context): PolledSubscriber {
    const options = context as unknown as OptionContext
    const usual = options.getBoolOption(zmqZeroCopy)
    options.setBoolOption(zmqZeroCopy, false)
    const socket = new PolledSubscriber({ context })
    options.setBoolOption(zmqZeroCopy, usual) // a socket keeps what it was made with; the others aren't ours
    return socket
  }

  /** @throws the socket's error where it is closed */
  get isReadable(): boolean {
    return canRead(option => this.getInt32Option(option))
  }
}
