import { toHexId } from '../../wire/id.ts'
import { listSpools, toLeftoverError } from './file-names.ts'
import { Segment, type EntryLocation } from './segment.ts'

/** A segment that another process left. */
export interface LeftSegment {
  /** sequence number of its first record, as its name says */
  first: number
  /** undefined where it has no record that can be read: damaged, gone, or no file */
  segment: Segment | undefined
  /** its entries */
  locations: EntryLocation[]
}

/**
 * Opens the segments of a sender id, in the order of their records, and finds their entries.
 * @param id sender id, 8 bytes as latin1
 * @param onLeftover called for each file that can't be read and is left where it is
 * @throws the file system's error where one can't be read now; none is open then
 */
export function openLeftSegments(
  dir: string,
  id: string,
  onLeftover: (error: Error) => void
): LeftSegment[] {
  const { segments = [], oddPaths = [] } = listSpools(dir).get(toHexId(id)) ?? {}
  for (const path of oddPaths) {
    onLeftover(toLeftoverError(path, 'the number in its name is not a sequence number'))
  }
  const left: LeftSegment[] = []
  try {
    for (const { path, first } of segments) {
      const segment = open(path, id, onLeftover)
      left.push({ first, segment, locations: [] })
      if (!segment || segment.bytes === 0) continue
      const locations = segment.scan(first)
      if (locations.length === 0) {
        segment.close()
        onLeftover(toLeftoverError(path, 'no record in it can be read'))
      }
      left[left.length - 1] = {
        first,
        segment: locations.length > 0 ? segment : undefined,
        locations
      }
    }
    return left
  } catch (error) {
    for (const { segment } of left) segment?.close()
    throw error
  }
}

function open(path: string, id: string, onLeftover: (error: Error) => void): Segment | undefined {
  try {
    return Segment.open(path, id)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error
    if (code === 'EINVAL') onLeftover(toLeftoverError(path, 'it is not a regular file'))
    return undefined
  }
}
