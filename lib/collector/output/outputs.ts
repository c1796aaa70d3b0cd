/** What is done with all outputs of one configuration, so that trouble of one is none of the others. */
import { settlesWithin } from '../../util/timeout.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import { makeWritable, type Output, type OutputListener, type OutputState } from './output.ts'

/**
 * Appends a batch to every output; `flush` begins to write it. An output that throws is reported, and the others still get the batch.
 * It isn't acknowledged where the output is required: what is acknowledged is in a file.
 */
export function appendBatch(
  outputs: readonly Output[],
  batch: RecordBatch,
  listener: OutputListener
): void {
  for (const output of outputs) {
    try {
      output.append(batch)
    } catch (error) {
      if (output.isRequired) batch.commit.add()
      listener.onFailed(batch.last - batch.first + 1, error as Error)
    }
  }
}

/** Buffers a plain message in every output until `flush`. @returns false where a required output has dropped it */
export function appendPlain(
  outputs: readonly Output[],
  message: PlainMessage,
  listener: OutputListener
): boolean {
  let isDropped = false
  for (const output of outputs) {
    try {
      if (output.appendPlain(message)) continue
      if (output.isRequired) isDropped = true
      else listener.onDropped(1)
    } catch (error) {
      listener.onFailed(1, error as Error)
    }
  }
  return !isDropped
}

/** Bytes accepted and not yet written; of required outputs only, if wanted. */
export function countPending(outputs: readonly Output[], isRequiredOnly: boolean): number {
  let bytes = 0
  for (const { isRequired, pendingBytes } of outputs)
    if (isRequired || !isRequiredOnly) bytes += pendingBytes
  return bytes
}

/** The state of two outputs that have the same path, one from before a reload; the first one says whether it is required. */
export function addStates(a: OutputState, b: OutputState): OutputState {
  return {
    ...a,
    writtenRecords: a.writtenRecords + b.writtenRecords,
    writeErrors: a.writeErrors + b.writeErrors,
    pendingBytes: a.pendingBytes + b.pendingBytes,
    openFiles: a.openFiles + b.openFiles,
    trouble: a.trouble ?? b.trouble
  }
}

/**
 * Resolves when everything is written and on disk, or abandoned.
 * @param optionalMs an output that is not required, or no longer wanted, is abandoned after this. Unit: ms
 * @param isStillWanted whether a required output, given by its path template, is waited for without limit
 */
export async function closeOutputs(
  outputs: readonly Output[],
  optionalMs: number,
  isStillWanted: (file: string) => boolean = () => true
): Promise<void> {
  await Promise.all(
    outputs.map(async output => {
      const closing = output.close()
      if (output.isRequired && isStillWanted(output.file)) await closing
      else if (!(await settlesWithin(closing, optionalMs))) await output.abandonAndCount()
    })
  )
}

/** Creates the folders of the required outputs. @throws ERR_ZMQ_PUB_FILE where one can't be created or written to */
export function checkFolders(options: readonly ResolvedOutputOptions[]): void {
  for (const { file, required, dirMode } of options)
    if (required) makeWritable(baseFolderOf(file), dirMode)
}
