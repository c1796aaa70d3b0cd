/**
 * Which part of a list is seen at a scroll position. Browsers limit the height of an element (Firefox to 17.8 million
 * px), so a long list is scrolled on a shorter scale: the scroll bar jumps by proportion, but wheel and keys move the
 * rows by the same px as in a short list.
 */

/** The height that no list exceeds. Unit: px */
export const maxHeightPx = 8_000_000

export class ScrollMap {
  #contentPx = 0
  #viewPx = 0
  /** of the element, and of the list that it represents */
  #scrollPx = 0
  #topPx = 0

  /** Height of the element. Unit: px */
  get heightPx(): number {
    return Math.min(this.#contentPx, maxHeightPx)
  }

  /** Where the element is scrolled to. Unit: px */
  get scrollPx(): number {
    return this.#scrollPx
  }

  /** What the list has above the view. Unit: px */
  get topPx(): number {
    return this.#topPx
  }

  /** Whether the last row is in view. */
  get isAtEnd(): boolean {
    return this.#topPx >= this.#maxTopPx - 1
  }

  resize(contentPx: number, viewPx: number): void {
    this.#contentPx = contentPx
    this.#viewPx = viewPx
    this.moveTo(this.#topPx)
  }

  /** The element has been scrolled. */
  scrollTo(scrollPx: number): void {
    const moved = scrollPx - this.#scrollPx
    this.#scrollPx = scrollPx
    if (scrollPx <= 0) this.#topPx = 0
    else if (scrollPx >= this.#maxScrollPx) this.#topPx = this.#maxTopPx
    else if (Math.abs(moved) <= 2 * this.#viewPx) this.#topPx = this.#clamp(this.#topPx + moved)
    else this.#topPx = (scrollPx / this.#maxScrollPx) * this.#maxTopPx
  }

  /** Shows another part of the list; the element is to be scrolled to `scrollPx` then. */
  moveTo(topPx: number): void {
    this.#topPx = this.#clamp(topPx)
    this.#scrollPx = this.#maxTopPx === 0 ? 0 : (this.#topPx / this.#maxTopPx) * this.#maxScrollPx
  }

  /** Rows were added above the view, or removed there; what is in view stays there. */
  shift(addedPx: number): void {
    this.#contentPx += addedPx
    this.moveTo(this.#topPx + addedPx)
  }

  get #maxTopPx(): number {
    return Math.max(0, this.#contentPx - this.#viewPx)
  }

  get #maxScrollPx(): number {
    return Math.max(0, this.heightPx - this.#viewPx)
  }

  #clamp(topPx: number): number {
    return Math.min(Math.max(0, topPx), this.#maxTopPx)
  }
}
