import { pino } from 'pino'
import { test, type Test } from 'tap'
import { Reception, type ReceptionOptions } from '../../../lib/collector/intake/reception.ts'
import { SenderSessions } from '../../../lib/collector/intake/sender-sessions.ts'
import type { MetricsSource } from '../../../lib/collector/reporting/metrics.ts'
import { Reporter } from '../../../lib/collector/reporting/reporter.ts'
import { SenderReporter } from '../../../lib/collector/reporting/sender-reporter.ts'
import type { PendingCommit } from '../../../lib/collector/routing/record-batch.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { decodeAcks } from '../../../lib/wire/acks.ts'
import { createHello, encodeHello } from '../../../lib/wire/hello.ts'
import { createSenderId } from '../../../lib/wire/id.ts'
import { encodeMessage, type MessageKind } from '../../../lib/wire/message.ts'

const senderId = createSenderId()
const collectorId = 'collector'.slice(0, 8)

/** A reception whose outputs are lists. */
function makeReception(t: Test, given: Partial<ReceptionOptions> = {}) {
  const written: string[] = []
  const commits: PendingCommit[] = []
  const acks: number[] = []
  const entries: Record<string, unknown>[] = []
  const logger = pino({}, { write: line => void entries.push(JSON.parse(line)) })
  const zone = new TimeZone('UTC')
  const sources: Pick<MetricsSource, 'totals' | 'traffic' | 'sessions'>[] = []
  const outputs: ReceptionOptions['batches']['outputs'] = {
    append: ({ records, commit }) => {
      written.push(records.toString())
      commit.add()
      commits.push(commit)
    }
  }
  const reception = new Reception({
    access: undefined,
    pinNames: [],
    reporter: new Reporter(logger),
    senderReporter: new SenderReporter(logger),
    sessions: new SenderSessions(),
    expiresSenders: true,
    acker: {
      collectorId,
      persist: () => undefined,
      send: frame => void acks.push(...(decodeAcks(frame)?.acks ?? []).map(({ seq }) => seq)),
      onTrouble: error => t.error(error),
      onRecovery: () => undefined
    },
    batches: {
      journal: { senders: { inherit: () => undefined, forget: () => undefined } },
      outputs
    },
    plain: { appendPlain: message => written.push(message.toRecord()) > 0 },
    zone: () => zone,
    now: Date.now,
    refusedClients: () => 3,
    pendingBytes: () => 4,
    serveMetrics: source => {
      sources.push(source)
      return undefined
    },
    ...given
  })
  t.teardown(() => reception.stopTimers())
  return { reception, written, commits, acks, entries, sources }
}

function encode(kind: MessageKind, payload: string, first = 1, count = 0): Buffer[] {
  const header = { kind, senderId, first, count }
  return encodeMessage('shop', header, payload).map(frame => Buffer.from(frame))
}

const hello = encodeHello({ ...createHello(), app: 'shop' })

test('each wire has its intake, and both are counted in one place', async t => {
  const { reception, written, sources } = makeReception(t)
  reception.take(encode('hello', hello), 'plain')
  reception.take(encode('batch', '{"msg":"batch"}\n', 1, 1), 'plain')
  reception.take([Buffer.from('web.INFO'), Buffer.from('text')], 'plain')
  t.strictSame(written, ['{"msg":"batch"}\n', written[1]])
  t.match(written[1], '"msg":"text"')
  t.match(reception.totals, { records: 1, plainRecords: 1, badMessages: 0, refusedClients: 3 })
  const [source] = sources
  t.equal(source?.totals(), reception.totals)
  t.equal(source?.traffic(), reception.traffic)
})

test('a batch is acknowledged once it is written, and then what waited for it is called', async t => {
  const { reception, commits, acks } = makeReception(t)
  const { sessions } = reception.recordOptions
  reception.take(encode('hello', hello), 'plain')
  reception.take(encode('batch', '{}\n{}\n', 1, 2), 'plain')
  const [sender] = sessions
  let isCommitted = false
  if (sender) reception.whenCommitted(sender, () => (isCommitted = true))
  t.notOk(isCommitted)
  for (const commit of commits) commit.done()
  t.ok(isCommitted)
  reception.close()
  t.equal(acks.at(-1), 2)
})

test('a bad message is refused, counted and logged', async t => {
  const { reception, written, entries } = makeReception(t, { maxPayloadBytes: 5 })
  reception.take(encode('hello', hello), 'plain')
  t.strictSame(written, [])
  t.equal(reception.totals.badMessages, 1)
  t.match(entries, [{ msg: 'message refused' }])
})

test('the totals are logged with what waits, and who is there', async t => {
  const { reception, entries } = makeReception(t)
  reception.take(encode('hello', hello), 'plain')
  reception.logTotals()
  t.match(entries.at(-1), { msg: 'totals', senders: 1, pendingBytes: 4, totals: { records: 0 } })
})

test('a sender that is silent for long is gone', async t => {
  const { reception } = makeReception(t)
  reception.take(encode('hello', hello), 'plain')
  t.equal(reception.recordOptions.sessions.present, 1)
  reception.expireSenders(performance.now() + 3_600_000)
  t.equal(reception.recordOptions.sessions.present, 0)
})
