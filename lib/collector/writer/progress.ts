import { Queue } from '../../util/queue.ts'

/** What a writer must have written before it is past a message: the records of a sender up to `last`. */
export interface ReadItem {
  readonly position: number
  /** undefined where nothing is to be written */
  sender: { readonly told: number } | undefined
  last: number
}

/** How far a partition is read, and everything written and in the journal. */
export class Progress {
  readonly #open = new Queue<ReadItem>()
  #position: number

  /** @param position where the writer has stopped before */
  constructor(position: number) {
    this.#position = position
  }

  /** Passes what is done by now. @returns the position up to which everything is done */
  advance(): number {
    for (let item = this.#open.first; item && isDone(item); item = this.#open.first) {
      this.#position = item.position
      this.#open.shift()
    }
    return this.#position
  }

  /** Adds a message, in the order of their positions. Until it says otherwise nothing is to be written. */
  add(position: number): ReadItem {
    const item: ReadItem = { position, sender: undefined, last: 0 }
    this.#open.push(item)
    return item
  }
}

/** An acker has told a sender what the journal has. */
function isDone({ sender, last }: ReadItem): boolean {
  return sender === undefined || sender.told >= last
}
