import type { Ticket } from '../routing/record-batch.ts'

/**
 * Knows which batches are in all files that they belong to: each sender's are filed in the order in
 * which they came, though their parts may be written in any.
 */
export class Filing {
  readonly #open = new Map<string, { parts: number; onFiled: () => void }[]>()

  /**
   * @param onFiled called when every part is done, and every earlier batch of the sender is filed
   * @returns a ticket with one part
   */
  begin(senderId: string, onFiled: () => void): Ticket {
    const entry = { parts: 1, onFiled }
    const entries = this.#open.get(senderId)
    if (entries) entries.push(entry)
    else this.#open.set(senderId, [entry])
    return {
      add: () => void entry.parts++,
      done: () => {
        entry.parts--
        this.#file(senderId)
      }
    }
  }

  #file(senderId: string): void {
    const entries = this.#open.get(senderId) ?? []
    let filed = 0
    while (entries[filed]?.parts === 0) filed++
    if (filed === 0) return
    if (filed === entries.length) this.#open.delete(senderId)
    for (const { onFiled } of entries.splice(0, filed)) onFiled()
  }
}
