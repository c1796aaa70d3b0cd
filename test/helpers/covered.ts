/** What coverage is measured of: all that Node.js runs of the package. Read by tap, see .taprc. */
import { listSources, pageFolder } from './sources.ts'

export default function findCovered(): string[] {
  return listSources()
    .filter(path => !path.startsWith(pageFolder))
    .flatMap(path => [path, path.replace(/\.ts$/, '.js')])
}
