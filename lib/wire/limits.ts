/**
 * The limits of what travels. Every sender of zmq-pub keeps them, and a collector doesn't rely on that:
 * without limits one peer could take the memory of all. docs/wire-format.md has them as a table.
 */

/**
 * A frame from a sender; libzmq closes the connection of a peer that announces a larger one. What a
 * transport sends stays below: a batch has less than `maxBatchBytes` before its last record, which has at
 * most `maxRecordBytes`. Unit: bytes
 */
export const maxFrameBytes = 64 * 1024 * 1024
/** A frame from a collector: acks, or a subscription. Unit: bytes */
export const maxUpstreamFrameBytes = 1024 * 1024

/** The record that brings a batch to this size is its last. Unit: bytes */
export const maxBatchBytes = 8 * 1024 * 1024
/** Records of a batch. Each may become much longer as text, and all are written at once. */
export const maxBatchRecords = 64 * 1024
/** A record, with its newline; a longer one is dropped by its transport, and counted. Unit: bytes */
export const maxRecordBytes = 32 * 1024 * 1024

/** The payload of a hello. Unit: bytes */
export const maxHelloBytes = 64 * 1024
/** A root topic, the name of an app or a host, a key of a record, or a reason. Unit: bytes */
export const maxNameBytes = 256
/** A level's name, or a version. Unit: bytes */
export const maxLabelBytes = 64
/** Levels with names in a hello. */
export const maxLevels = 256
/** Versions in a hello. */
export const maxVersions = 16
/** Proofs in a hello: server keys of one sender. */
export const maxProofs = 64
/** Ranges of dropped records in a hello. */
export const maxDroppedRanges = 1000

/** A sender of which a collector has this much that is written and not acknowledged gets its ack at once, without asking. Unit: bytes */
export const promptAckBytes = 128 * 1024
/** The same in batches. */
export const promptAckBatches = 16
