/** Whether two logs could ever have a file of the same name. */

/** What may stand at a place of a name: one letter, or any number of a kind's characters. */
type Token = { letter: string } | { kind: RegExp }

/** A template as `toTokens` reads it, with what stands for its placeholders. */
export interface NamePattern {
  /** with a marker for each part that varies */
  text: string
  /** which characters stand for a marker */
  kinds: Readonly<Record<string, RegExp>>
}

/**
 * Whether one name fits both patterns. Letters are compared without regard to case, as some file
 * systems do; two parts that vary are taken to agree.
 */
export function mayOverlap(a: NamePattern, b: NamePattern): boolean {
  const [left, right] = [toTokens(a), toTokens(b)]
  const refuted = new Set<number>()
  const fits = (i: number, j: number): boolean => {
    const [l, r] = [left[i], right[j]]
    if (!l && !r) return true
    const state = i * (right.length + 1) + j
    if (refuted.has(state)) return false
    const isFit =
      (l !== undefined && 'kind' in l && fits(i + 1, j)) ||
      (r !== undefined && 'kind' in r && fits(i, j + 1)) ||
      (l !== undefined && r !== undefined && meet(l, r) && advance(l, r, i, j))
    if (!isFit) refuted.add(state)
    return isFit
  }
  const advance = (l: Token, r: Token, i: number, j: number): boolean => {
    if ('letter' in l && 'letter' in r) return fits(i + 1, j + 1)
    if ('letter' in l) return fits(i + 1, j)
    return 'letter' in r && fits(i, j + 1)
  }
  return fits(0, 0)
}

function toTokens({ text, kinds }: NamePattern): Token[] {
  return Array.from(text.toLowerCase(), letter => {
    const kind = kinds[letter]
    return kind ? { kind } : { letter }
  })
}

/** Whether one character can stand for both. */
function meet(a: Token, b: Token): boolean {
  if ('letter' in a) return 'letter' in b ? a.letter === b.letter : b.kind.test(a.letter)
  return 'letter' in b ? a.kind.test(b.letter) : false
}
