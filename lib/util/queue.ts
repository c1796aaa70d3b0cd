/** A first-in first-out queue whose shift() takes constant time, unlike an array's. Iterates from the first item. */
export class Queue<T> implements Iterable<T> {
  #items: (T | undefined)[] = []
  #head = 0

  /** Number of items. */
  get length(): number {
    return this.#items.length - this.#head
  }

  /** The item that shift() would return; undefined if the queue is empty. */
  get first(): T | undefined {
    return this.#items[this.#head]
  }

  /** Adds an item to the end. */
  push(item: T): void {
    this.#items.push(item)
  }

  /** Removes and returns the first item; undefined if the queue is empty. */
  shift(): T | undefined {
    const item = this.first
    if (this.length === 0) return undefined
    this.#items[this.#head++] = undefined // so that the item can be garbage-collected
    if (this.#head >= 1024 || this.length === 0) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = this.#head; index < this.#items.length; index++) yield this.#items[index] as T
  }
}
