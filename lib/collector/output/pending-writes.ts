import type { Ticket } from '../routing/record-batch.ts'

/** What nobody waits for is left out while so much waits for an output's disk. Unit: bytes */
const maxBytes = 64 * 1024 * 1024

/** What an output has taken, and not yet written. */
export class Backlog {
  #bytes = 0
  #records = 0
  /** batches that wait for this output, and for how many of their parts */
  readonly #tickets = new Map<Ticket, number>()

  /** Unit: bytes */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether so much waits that more of what nobody waits for must be left out. */
  get isFull(): boolean {
    return this.#bytes > maxBytes
  }

  /**
   * A part of a batch is taken.
   * @param ticket of the batch, where it waits for this output
   * @returns to be called when the part is written
   */
  add(bytes: number, records: number, ticket: Ticket | undefined): () => void {
    this.#bytes += bytes
    this.#records += records
    if (ticket) {
      ticket.add()
      this.#tickets.set(ticket, (this.#tickets.get(ticket) ?? 0) + 1)
    }
    return () => {
      this.#bytes -= bytes
      this.#records -= records
      if (ticket) this.#finish(ticket)
    }
  }

  /** No batch waits for this output any more. @returns how many records it had taken and not written */
  giveUp(): number {
    for (const [ticket, parts] of this.#tickets) {
      for (let part = 0; part < parts; part++) ticket.done()
    }
    this.#tickets.clear()
    return this.#records
  }

  #finish(ticket: Ticket): void {
    const parts = this.#tickets.get(ticket)
    if (parts === undefined) return // given up
    if (parts === 1) this.#tickets.delete(ticket)
    else this.#tickets.set(ticket, parts - 1)
    ticket.done()
  }
}
