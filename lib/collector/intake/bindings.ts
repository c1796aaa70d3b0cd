import { setTimeout } from 'node:timers/promises'
import type { XPublisher, XSubscriber } from 'zeromq'
import {
  bindEndpoint,
  explainEndpointError,
  findIpcConflict,
  identifyIpcFile,
  type EndpointSocket
} from '../../util/endpoint.ts'

/** Pause before an address is bound again that is still in use. Unit: ms */
const retryMs = 5
/** So long a closed socket may take to release its addresses before anybody is told. Unit: ms */
const patienceMs = 1000
/** Pause between two attempts from then on. Unit: ms */
const slowRetryMs = 500

/** An address whose socket file has gone. */
export interface LostIpcFile {
  address: string
  /** false where another process listens there */
  isRepaired: boolean
}

/** What may be bound. */
export type BoundSocket = XSubscriber | XPublisher

/** The addresses that a socket listens on, and that another one can take over. */
export class Bindings {
  readonly #addresses: string[] = []
  /** by ipc address, which file it was bound with */
  readonly #ipcFiles = new Map<string, string>()

  /** With their actual ports. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  get hasIpcFiles(): boolean {
    return this.#ipcFiles.size > 0
  }

  /** Binds an address. @throws libzmq's error */
  async bind(socket: BoundSocket, address: string): Promise<void> {
    await bindEndpoint(socket, address)
    const bound = socket.lastEndpoint ?? address
    this.#addresses.push(bound)
    this.#noteIpcFile(bound)
  }

  /**
   * Binds all addresses to another socket, and tries until it can: the former one holds them for some ms, and
   * meanwhile another process may have taken them.
   * @param onTrouble called at each attempt that fails after the first second
   * @param isEnough ends the attempts
   */
  async bindAgain(
    socket: BoundSocket,
    onTrouble: (address: string, why: string) => void,
    isEnough: () => boolean
  ): Promise<void> {
    const startedAt = performance.now()
    let waiting = [...this.#addresses]
    while (waiting.length > 0 && !isEnough()) {
      const isLate = performance.now() - startedAt > patienceMs
      const failed: string[] = []
      for (const address of waiting) {
        try {
          await bindEndpoint(asSynchronous(socket), address)
          this.#noteIpcFile(address)
        } catch (error) {
          if (isEnough()) return
          failed.push(address)
          if (isLate) onTrouble(address, explainEndpointError(address, error))
        }
      }
      waiting = failed
      if (waiting.length > 0) await setTimeout(isLate ? slowRetryMs : retryMs)
    }
  }

  /**
   * Binds ipc addresses once more whose file was deleted; who is connected stays so.
   * @throws libzmq's error where a folder is gone, for example
   */
  async repairIpcFiles(socket: BoundSocket): Promise<LostIpcFile[]> {
    const lost: LostIpcFile[] = []
    for (const [address, bound] of this.#ipcFiles) {
      if (identifyIpcFile(address) === bound) continue
      const isRepaired = (await findIpcConflict(address)) === undefined
      if (isRepaired && !socket.closed) {
        await bindEndpoint(asSynchronous(socket), address)
        this.#noteIpcFile(address)
      }
      lost.push({ address, isRepaired })
    }
    return lost
  }

  #noteIpcFile(address: string): void {
    const file = identifyIpcFile(address)
    if (file !== undefined) this.#ipcFiles.set(address, file)
  }
}

/**
 * Binds on this thread. zeromq.js's `bind()` does it on another, which isn't safe beside a pending
 * `receive()`; and what is bound again needs no look-up of a name that could take long.
 */
function asSynchronous(socket: BoundSocket): EndpointSocket {
  return {
    get ipv6() {
      return socket.ipv6
    },
    set ipv6(isIPv6) {
      socket.ipv6 = isIPv6
    },
    get closed() {
      return socket.closed
    },
    bind: address => Promise.resolve(socket.bindSync(address)),
    connect: address => socket.connect(address),
    disconnect: address => socket.disconnect(address)
  }
}
