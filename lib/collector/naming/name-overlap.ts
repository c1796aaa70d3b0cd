/** Whether two logs could ever have a file of the same name. */

/** Characters of which one stands at a place of a name, or any number. */
export interface Variable {
  chars: RegExp
  isRepeated: boolean
}

/** What a name consists of: letters, and parts that vary. */
export type NamePart = string | Variable

/**
 * Whether one name fits both. Letters are compared without regard to case, as some file systems do;
 * two parts that vary are taken to agree.
 */
export function mayOverlap(a: readonly NamePart[], b: readonly NamePart[]): boolean {
  const [left, right] = [a, b].map(parts => parts.flatMap(toPlaces)) as [Place[], Place[]]
  const refuted = new Set<number>()
  const fits = (i: number, j: number): boolean => {
    const [l, r] = [left[i], right[j]]
    if (!l && !r) return true
    const state = i * (right.length + 1) + j
    if (refuted.has(state)) return false
    const isFit =
      (isRepeated(l) && fits(i + 1, j)) ||
      (isRepeated(r) && fits(i, j + 1)) ||
      (l !== undefined && r !== undefined && meet(l, r) && goOn(l, r, i, j))
    if (!isFit) refuted.add(state)
    return isFit
  }
  // A part that is repeated stays where it is: it may take the next letter, too.
  const goOn = (l: Place, r: Place, i: number, j: number): boolean => {
    if (isRepeated(l) && isRepeated(r)) return false // that neither goes on has been tried
    return fits(isRepeated(l) ? i : i + 1, isRepeated(r) ? j : j + 1)
  }
  return fits(0, 0)
}

/** One letter, or a part that varies. */
type Place = string | Variable

function toPlaces(part: NamePart): Place[] {
  return typeof part === 'string' ? Array.from(part.toLowerCase()) : [part]
}

function isRepeated(place: Place | undefined): boolean {
  return typeof place === 'object' && place.isRepeated
}

/** Whether one character can stand for both. */
function meet(a: Place, b: Place): boolean {
  if (typeof a === 'string') return typeof b === 'string' ? a === b : b.chars.test(a)
  return typeof b === 'string' ? a.chars.test(b) : true
}
