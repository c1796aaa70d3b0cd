/** What a collector has done since its start. */
export class Totals {
  /** records taken from batches */
  records = 0
  /** records taken from plain messages */
  plainRecords = 0
  /** plain records that were dropped because the disk took nothing */
  droppedPlainRecords = 0
  /** records that an output which isn't required left out because its disk took nothing */
  droppedOptionalRecords = 0
  /** records that an output could not handle: a defect */
  failedRecords = 0
  /** bytes received in records of both kinds */
  bytes = 0
  /** records that came again, and were not written again */
  duplicateRecords = 0
  /** records that never came, as the gap entries in the log say */
  missingRecords = 0
  /** messages that were no records at all */
  badMessages = 0
}
