/** What a collector has done since its start. All are counts. */
export class Totals {
  /** records accepted from batches */
  records = 0
  /** records accepted from plain messages */
  plainRecords = 0
  /** plain records dropped by a required output, because too many bytes were pending */
  droppedPlainRecords = 0
  /** records dropped by outputs that are not required, because too many bytes were pending */
  droppedOptionalRecords = 0
  /** records that an output failed to handle: a bug. A required output's are not acknowledged */
  failedRecords = 0
  /** bytes of accepted records of both kinds */
  bytes = 0
  /** batches not taken, as too much of their sender or of all waited to be written; they come again */
  deferredBatches = 0
  /** records received again, and not written again */
  duplicateRecords = 0
  /** records that never came, as gap records in the log say */
  missingRecords = 0
  /** messages of senders that may not send them: no proof of a key, one that was revoked, an id of somebody else */
  refusedMessages = 0
  /** messages that could not be decoded */
  badMessages = 0
  /** connections that were refused, for their key may not connect */
  refusedClients = 0
}
