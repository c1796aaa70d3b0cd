/** The bounds in docs/security.md are those of the code. What happens at each of them is tested where it is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { maxNameLength } from '../../lib/collector/access/key-list.ts'
import { clientTimeoutMs, maxClients } from '../../lib/collector/control/control-server.ts'
import { maxRows } from '../../lib/collector/control/snapshot.ts'
import { maxReports } from '../../lib/collector/access/refusal-reports.ts'
import { maxAcksPerFrame } from '../../lib/collector/intake/acker.ts'
import {
  totalBatches,
  totalBytes,
  windowBatches,
  windowBytes
} from '../../lib/collector/intake/admission.ts'
import {
  maxTextBytes,
  maxTopicBytes as maxPlainTopicBytes
} from '../../lib/collector/intake/plain-intake.ts'
import { defaultLimits } from '../../lib/collector/intake/session-list.ts'
import { handshakeMs } from '../../lib/collector/intake/subscriber.ts'
import { forgetMs, maxSenders } from '../../lib/collector/journal/stale-senders.ts'
import { selectiveFactor } from '../../lib/collector/live/live-batch.ts'
import { maxWaitingBytes } from '../../lib/collector/live/live-feed.ts'
import {
  maxPostBytes,
  maxUnacknowledgedBytes,
  maxWaitingBytes as maxPageWaitingBytes
} from '../../lib/collector/live/page-feed.ts'
import { maxLiveBytes } from '../../lib/collector/live/live-record.ts'
import {
  maxSubscriptionBytes,
  sendHighWaterMark as liveHighWaterMark
} from '../../lib/collector/live/live-socket.ts'
import {
  maxFilterNames,
  maxSubscriptions,
  maxTopics as maxLiveTopics
} from '../../lib/collector/live/watchers.ts'
import { maxValueBytes } from '../../lib/collector/naming/path-template.ts'
import { maxLogBytes, maxOutputBytes } from '../../lib/collector/output/pending-writes.ts'
import { maxLabelledNames } from '../../lib/collector/reporting/metric-labels.ts'
import { maxConnections, maxUnanswered } from '../../lib/collector/reporting/metrics-server.ts'
import { maxMetricsHeapMiB } from '../../lib/collector/metrics-endpoint.ts'
import { maxHeapMiB } from '../../lib/collector/ui-endpoint.ts'
import { maxSenderEvents } from '../../lib/collector/reporting/sender-reporter.ts'
import { maxPerInterval } from '../../lib/collector/reporting/throttle.ts'
import { maxNames } from '../../lib/collector/reporting/traffic.ts'
import { maxFileBytes } from '../../lib/curve/certificate-file.ts'
import { maxMembers } from '../../lib/record/members.ts'
import { maxMarkers, maxTopicBytes, maxTopics } from '../../lib/transport/connection/negotiation.ts'
import { maxInFlightBatches, maxInFlightBytes } from '../../lib/transport/sender/send-queue.ts'
import { maxConnectingCollectors } from '../../lib/transport/sender/sender.ts'
import { maxPendingBytes } from '../../lib/util/best-effort-output.ts'
import { usualLimits } from '../../lib/search/range-cache.ts'
import {
  maxDownloads,
  maxSearches,
  maxWaitingDownloads,
  maxWaitingSearches
} from '../../lib/viewer/history-routes.ts'
import { maxViewers } from '../../lib/viewer/live-desk.ts'
import { maxEventCharacters, maxLinesPerEvent } from '../../lib/viewer/live-window.ts'
import { maxConnections as maxPageConnections } from '../../lib/viewer/server.ts'
import { maxSessions } from '../../lib/viewer/sessions.ts'
import { maxByeBytes } from '../../lib/wire/hello.ts'
import * as limits from '../../lib/wire/limits.ts'
import { root } from '../helpers/program.ts'

const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8')
const section = page.split('\n## Bounds\n')[1]?.split('\n## ')[0] ?? ''
/** The first two columns of its tables: what is bounded, and how. */
const rows = section
  .split('\n')
  .filter(line => /^\| (?!-|what)/.test(line))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, what = '', bound = '']) => [what, bound])

const bounds: [what: string, bound: string][] = [
  ['a frame from a sender', toSize(limits.maxFrameBytes)],
  ['a record, with its newline', toSize(limits.maxRecordBytes)],
  ['a batch before its last record', `less than ${toSize(limits.maxBatchBytes)}`],
  ['records of a batch', toCount(limits.maxBatchRecords)],
  ['the payload of a hello', toSize(limits.maxHelloBytes)],
  ['the payload of a bye', toSize(maxByeBytes)],
  ['a name in a hello (host, app, topic, keys, reasons)', toSize(limits.maxNameBytes)],
  ['a label in a hello (levels, versions, proofs)', toSize(limits.maxLabelBytes)],
  ['levels with names', toCount(limits.maxLevels)],
  ['versions', toCount(limits.maxVersions)],
  ['proofs', toCount(limits.maxProofs)],
  ['ranges of dropped records', toCount(limits.maxDroppedRanges)],
  [
    'received from a sender and not written yet',
    `${toSize(windowBytes)}, or one batch; ${toCount(windowBatches)} batches`
  ],
  ['the same, of all senders', `${toSize(totalBytes)}; ${toCount(totalBatches)} batches`],
  [
    'senders that have sent no record',
    `${toCount(defaultLimits.guests)}, or ${toSize(defaultLimits.guestBytes)}`
  ],
  [
    'other senders with a session',
    `${toCount(defaultLimits.members)}, or ${toSize(defaultLimits.memberBytes)}`
  ],
  ['senders that are remembered without a session', toCount(defaultLimits.remembered)],
  ['senders in the journal', `${toCount(maxSenders)}, ${forgetMs / 86_400_000} days`],
  ['the topic of a plain message', toSize(maxPlainTopicBytes)],
  ['the text of a plain message', toSize(maxTextBytes)],
  ['plain messages that wait for a log', toSize(maxLogBytes)],
  ['the same, for all logs of an output', toSize(maxOutputBytes)],
  ['members of a record that are read', toCount(maxMembers)],
  ["a value in a file's name", toSize(maxValueBytes)],
  ['acks in a frame', toCount(maxAcksPerFrame)],
  ['time of a handshake', `${handshakeMs / 1000} s`],
  ['a key file', toSize(maxFileBytes)],
  ['the name of a key', `${maxNameLength} characters`],
  ['refused clients that are named in the log', `${maxReports} a minute`],
  ['senders that come, go or are silent, in the log', `${toCount(maxSenderEvents)} a minute, each`],
  [
    'names that are counted by themselves in `totals`',
    `${toCount(maxNames)} apps, ${toCount(maxNames)} root topics`
  ],
  [
    'local clients of the control socket',
    `${maxClients} at a time, ${clientTimeoutMs / 1000} s each`
  ],
  ['rows of an answer to them', `${maxRows} senders, ${maxRows} root topics`],
  ['names with metrics of their own', toCount(maxLabelledNames)],
  ["other messages of one kind in the collector's log", `${maxPerInterval} a minute`],
  ['a frame from a live watcher', toSize(maxSubscriptionBytes)],
  ['subscriptions of all live watchers', toCount(maxSubscriptions)],
  ['topics of live watchers that are told apart', toCount(maxLiveTopics)],
  ['names in all filters of live watchers', toCount(maxFilterNames)],
  [
    'messages that wait for a live watcher',
    `${toCount(liveHighWaterMark)}, of ${toSize(maxLiveBytes)} each`
  ],
  [
    'records that wait to be published',
    `${toSize(maxWaitingBytes)}, or one batch; ${toSize(selectiveFactor * maxWaitingBytes)} where only some are wanted`
  ],
  ["waiting lines of the collector's own log", toSize(maxPendingBytes)],
  ['HTTP connections to `--metrics`', toCount(maxConnections)],
  ['requests of such a connection without an answer', toCount(maxUnanswered)],
  ['memory of the thread of the metrics', `${maxMetricsHeapMiB} MiB of JavaScript objects`],
  ['HTTP connections to `--ui`', toCount(maxPageConnections)],
  ['sessions of its page', toCount(maxSessions)],
  ['browsers that watch live records', toCount(maxViewers)],
  [
    'lines that wait for such a browser',
    `${maxLinesPerEvent}, of ${maxEventCharacters / 1024} Ki characters together, and one such event in its connection`
  ],
  [
    'records that wait for the page',
    `${toSize(maxPageWaitingBytes)}, and ${(maxUnacknowledgedBytes + maxPostBytes) / 1024 ** 2} MiB in its thread`
  ],
  [
    'searches by the page',
    `${maxSearches}, and ${maxWaitingSearches} that wait; ${maxDownloads} downloads, and ${maxWaitingDownloads} that wait`
  ],
  ['MiB of files whose times and levels the page caches', toCount(usualLimits.maxRanges)],
  ["memory of the page's thread", `${maxHeapMiB} MiB of JavaScript objects`],
  ['a frame from a collector', toSize(limits.maxUpstreamFrameBytes)],
  ['topics that an app tells apart', `${toCount(maxTopics)}, of ${toSize(maxTopicBytes)} each`],
  ['markers that an app counts', toCount(maxMarkers)],
  ['collectors that an app counts when it binds', toCount(maxConnectingCollectors)],
  [
    'sent and not acknowledged',
    `${toSize(maxInFlightBytes)}, ${toCount(maxInFlightBatches)} batches`
  ]
]

test('docs/security.md has each bound as it is in the code, and no other', async t => {
  t.strictSame(rows, bounds)
})

function toSize(bytes: number): string {
  const mebi = 1024 * 1024
  if (bytes % mebi === 0) return `${bytes / mebi} MiB`
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
}

function toCount(count: number): string {
  return count.toLocaleString('en-US')
}
