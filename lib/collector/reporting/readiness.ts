import { escapeName } from './escaped-name.ts'

/** What decides whether a collector is ready. */
export interface Readiness {
  isStarting: boolean
  isStopping: boolean
  outputs: readonly { file: string; isRequired: boolean; trouble: Error | undefined }[]
  /** why the journal can't be written; undefined where it can */
  journalTrouble: Error | undefined
  /** why the stream of a writer can't be read; undefined where it can, or there is none */
  sourceTrouble?: Error | undefined
}

/** Why a collector isn't ready, one sentence each; none where it is. An output that is not required keeps no record from being acknowledged. */
export function findTroubles(readiness: Readiness): string[] {
  const { isStarting, isStopping, outputs, journalTrouble, sourceTrouble } = readiness
  if (isStopping) return ['stopping']
  if (isStarting) return ['starting']
  const troubles = outputs.flatMap(({ file, isRequired, trouble }) =>
    isRequired && trouble ? [`cannot write ${escapeName(file)}: ${toReason(trouble)}`] : []
  )
  if (journalTrouble) troubles.push(`cannot write the journal: ${toReason(journalTrouble)}`)
  if (sourceTrouble) troubles.push(`cannot read the stream: ${toReason(sourceTrouble)}`)
  return troubles
}

/** The code of a system's error: its message has the path of a file, which senders may have chosen. */
function toReason({ message, code }: NodeJS.ErrnoException): string {
  return code ?? escapeName(message)
}
