import { test } from 'tap'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { OutputFormat } from '../../../lib/collector/output/output-format.ts'
import type { RecordBatch } from '../../../lib/collector/routing/record-batch.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createHello, type Hello } from '../../../lib/wire/hello.ts'

const zone = new TimeZone('UTC')
const now = Date.parse('2026-11-26T12:00:00Z')
const records = Buffer.from('{"level":40,"time":1795694400000,"msg":"late"}\n')

function makeFormat(options: CollectorOptions) {
  const failures: Error[] = []
  const [output] = parseCollectorOptions({ file: 'app.log', ...options }).outputs
  if (!output) throw new Error('unreachable: there is one output')
  return { format: new OutputFormat(output, error => failures.push(error)), failures }
}

function toBatch(hello: Hello, isNotice = false): RecordBatch {
  const commit = { add: () => undefined, done: () => undefined }
  return { senderId: 'a', hello, records, first: 1, last: 1, isNotice, commit }
}

function write(format: OutputFormat, batch: RecordBatch): string | undefined {
  const settings = format.findTextSettings(batch)
  return settings && format.toText({ records, settings, zone, now }).toString()
}

const message = new PlainMessage(recallTopic('shop.WARNING'), Buffer.from('late'), zone, now)
const hello = { ...createHello(), app: 'shop', levels: { 40: 'LATE' } }

test('a log of NDJSON takes records as they come, and plain messages as records', async t => {
  const { format } = makeFormat({})
  t.ok(format.isNdjson)
  t.match(JSON.parse(format.toLine(message)), { level: 40, name: 'shop', msg: 'late' })
})

test('a log of text has an entry for each', async t => {
  const { format, failures } = makeFormat({ text: '{level} {app}: {msg}' })
  t.notOk(format.isNdjson)
  t.equal(write(format, toBatch(hello)), 'LATE shop: late\n')
  t.equal(format.toLine(message), 'WARNING shop: late\n')
  t.strictSame(failures, [])
})

test('a record about a gap is not written as its sender writes records', async t => {
  const { format } = makeFormat({ text: '{level} {app}: {msg}' })
  t.equal(write(format, toBatch(hello, true)), 'WARNING late\n')
})

test('what the format fails at goes as it came, and the failure is reported', async t => {
  const { format, failures } = makeFormat({ text: '{level} {app}: {msg}' })
  const broken = new Error('bug')
  const settings = format.findTextSettings(
    toBatch({
      ...hello,
      get levels(): Hello['levels'] {
        throw broken
      }
    })
  )
  t.equal(settings, undefined)
  const unusable = undefined as never
  t.equal(format.toText({ records, settings: unusable, zone, now }), records)
  const unreadable = Object.create(message, {
    toEntry: {
      value: () => {
        throw broken
      }
    },
    toUnreadRecord: { value: () => 'as it came\n' }
  }) as PlainMessage
  t.equal(format.toLine(unreadable), 'as it came\n')
  t.equal(failures.length, 3)
})
