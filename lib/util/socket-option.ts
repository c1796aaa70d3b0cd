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
