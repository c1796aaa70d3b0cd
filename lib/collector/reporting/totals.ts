/** Counts of a collector since its start. A record is a log entry, a message is what ZeroMQ delivers at once. */
export class Totals {
  /** records accepted from transports (batch wire) */
  records = 0
  /** records accepted from plain messages, such as those of Python's PUBHandler */
  plainRecords = 0
  /** plain records that a required output dropped, because too many bytes were waiting to be written */
  droppedPlainRecords = 0
  /** records that outputs with `required: false` dropped, because too many bytes were waiting to be written */
  droppedOptionalRecords = 0
  /** records that an output failed to process, which is a bug. If the output is required, they are not acknowledged */
  failedRecords = 0
  /** bytes of all accepted records, of both wires */
  bytes = 0
  /** batches that were not accepted, because too many bytes of this sender, or of all senders, were waiting. They are sent again */
  deferredBatches = 0
  /** records that were received again, and not written again */
  duplicateRecords = 0
  /** records that were never received. Gap records in the log report them */
  missingRecords = 0
  /** messages refused because of their sender: without proof of its key, with a revoked key, or with another sender's id */
  refusedMessages = 0
  /** messages that are not valid: see ERR_ZMQ_PUB_FRAME */
  badMessages = 0
  /** connections refused because their key is not authorized */
  refusedClients = 0
}
