/** What coverage is measured of: all that is published, and nothing else. Read by tap, see .taprc. */
import { listSources } from './sources.ts'

export default function findCovered(): string[] {
  return listSources().flatMap(path => [path, path.replace(/\.ts$/, '.js')])
}
