/**
 * Sets an option of a ZeroMQ socket that is bound or connected. libzmq takes some at any time, or for the
 * next address, but zeromq warns on stderr that they have no effect.
 * @param set sets it
 */
export function setOptionQuietly(set: () => void): void {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning')
  process.emitWarning = () => undefined
  try {
    set()
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning)
  }
}

/** ZMQ_EVENTS, and the bit that says that a message is there */
const zmqEvents = 15
const zmqPollIn = 1

/**
 * Whether a ZeroMQ socket can be read, without a pending receive().
 * @param readOption reads an option of the socket by its number
 * @throws the socket's error where it is closed
 */
export function canRead(readOption: (option: number) => number): boolean {
  try {
    return (readOption(zmqEvents) & zmqPollIn) !== 0
  } catch (error) {
    // Interrupted by a signal, as a profiler sends them: the next look will tell.
    if ((error as NodeJS.ErrnoException).code === 'EINTR') return false
    throw error
  }
}
