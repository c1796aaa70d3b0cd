import { resolve } from 'node:path'
import { toNameShapes } from '../naming/log-path.ts'
import { mayOverlap, type NamePart } from '../naming/name-overlap.ts'
import { toLinkTemplate, type ResolvedOutputOptions } from './output-options.ts'

/** The options of an output, and the conversion of their names for messages. */
export type NamedOutput = [options: ResolvedOutputOptions, optionName: (name: string) => string]

/** The names that the files or the links of an output can have. */
interface Claim {
  /** index of the output */
  output: number
  optionName: string
  template: string
  shapes: NamePart[][]
}

/** Pairs of outputs whose files or links can have the same path, as texts for messages. Empty if there are none. */
export function findOverlaps(outputs: readonly NamedOutput[]): string[] {
  const claims = outputs.flatMap(toClaims)
  return claims.flatMap((claim, index) =>
    claims
      .slice(0, index)
      .filter(other => other.output !== claim.output && shareName(claim, other))
      .map(
        other =>
          `${claim.optionName} and ${other.optionName} must never be the same path, but '${claim.template}' and '${other.template}' can be; use different folders`
      )
  )
}

function toClaims([options, optionName]: NamedOutput, output: number): Claim[] {
  const { file, rotate, symlink } = options
  const shapes = toNameShapes(resolve(file), rotate)
  const files = { output, optionName: optionName('file'), template: file, shapes }
  const link = toLinkTemplate(options)
  if (link === undefined) return [files]
  // Unlike files, links have no index.
  const linkShapes = toNameShapes(link, 'never').slice(0, 1)
  return [
    files,
    { output, optionName: optionName('symlink'), template: symlink, shapes: linkShapes }
  ]
}

function shareName(one: Claim, other: Claim): boolean {
  return one.shapes.some(a => other.shapes.some(b => mayOverlap(a, b)))
}
