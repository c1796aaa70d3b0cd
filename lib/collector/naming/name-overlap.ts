/** Tells whether two logs could ever have a file of the same name. */

/** A variable part of a name. */
export interface Variable {
  /** Matches each character that it may consist of. */
  chars: RegExp
  /** Whether it is one or more characters, else exactly one. */
  isRepeated: boolean
}

/** A part of a name: literal text, or a variable part. */
export type NamePart = string | Variable

/**
 * Whether a name can match both shapes. Case is ignored, as some file systems do. Two variable parts are
 * assumed to have a character in common, so that the answer may be true for shapes that never overlap.
 */
export function mayOverlap(a: readonly NamePart[], b: readonly NamePart[]): boolean {
  const [left, right] = [a, b].map(parts => parts.flatMap(toTokens)) as [Token[], Token[]]
  const failed = new Set<number>()
  const fits = (i: number, j: number): boolean => {
    const [l, r] = [left[i], right[j]]
    if (!l && !r) return true
    const state = i * (right.length + 1) + j
    if (failed.has(state)) return false
    const isFit =
      (isRepeated(l) && fits(i + 1, j)) ||
      (isRepeated(r) && fits(i, j + 1)) ||
      (l !== undefined && r !== undefined && shareCharacter(l, r) && advance(l, r, i, j))
    if (!isFit) failed.add(state)
    return isFit
  }
  // A repeated variable may match the next character too, so its index doesn't advance.
  const advance = (l: Token, r: Token, i: number, j: number): boolean => {
    if (isRepeated(l) && isRepeated(r)) return false // one of them must advance: fits() has tried both
    return fits(isRepeated(l) ? i : i + 1, isRepeated(r) ? j : j + 1)
  }
  return fits(0, 0)
}

/** One character, or a variable part. */
type Token = string | Variable

function toTokens(part: NamePart): Token[] {
  return typeof part === 'string' ? Array.from(part.toLowerCase()) : [part]
}

function isRepeated(token: Token | undefined): boolean {
  return typeof token === 'object' && token.isRepeated
}

/** Whether one character can match both tokens. */
function shareCharacter(a: Token, b: Token): boolean {
  if (typeof a === 'string') return typeof b === 'string' ? a === b : b.chars.test(a)
  return typeof b === 'string' ? a.chars.test(b) : true
}
