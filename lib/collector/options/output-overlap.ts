import { resolve } from 'node:path'
import { toNameShapes } from '../naming/log-path.ts'
import { mayOverlap, type NamePart } from '../naming/name-overlap.ts'
import { toLinkTemplate, type ResolvedOutputOptions } from './output-options.ts'

/** An output's options, and how messages name them. */
export type NamedOutput = [options: ResolvedOutputOptions, optionName: (name: string) => string]

/** Names that an output's files or links may have. */
interface Claim {
  output: number
  optionName: string
  template: string
  shapes: NamePart[][]
}

/** Outputs whose files or links could be each other's, as texts for messages. */
export function findOverlaps(outputs: readonly NamedOutput[]): string[] {
  const claims = outputs.flatMap(toClaims)
  return claims.flatMap((claim, at) =>
    claims
      .slice(0, at)
      .filter(other => other.output !== claim.output && shareName(claim, other))
      .map(
        other =>
          `${claim.optionName} must never be the same as ${other.optionName}, and '${claim.template}' may name what '${other.template}' does; give them folders of their own`
      )
  )
}

function toClaims([options, optionName]: NamedOutput, output: number): Claim[] {
  const { file, rotate, symlink } = options
  const shapes = toNameShapes(resolve(file), rotate)
  const files = { output, optionName: optionName('file'), template: file, shapes }
  const link = toLinkTemplate(options)
  if (link === undefined) return [files]
  const ownShape = toNameShapes(link, 'never').slice(0, 1)
  return [files, { output, optionName: optionName('symlink'), template: symlink, shapes: ownShape }]
}

function shareName(one: Claim, other: Claim): boolean {
  return one.shapes.some(a => other.shapes.some(b => mayOverlap(a, b)))
}
