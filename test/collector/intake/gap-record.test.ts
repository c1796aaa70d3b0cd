import { hostname } from 'node:os'
import { test } from 'tap'
import { toGapRecord } from '../../../lib/collector/intake/gap-record.ts'
import type { SenderState } from '../../../lib/collector/intake/sender-sessions.ts'
import { createHello } from '../../../lib/wire/hello.ts'

function makeSender(app: string): Pick<SenderState, 'id' | 'hello'> {
  const hello = { ...createHello(), host: 'web-1', pid: 77, app }
  return { id: '\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u00ff', hello }
}

const gap = { from: 4, to: 9, why: 'buffer full' }

test('a gap stands in the log as a record of the collector', async t => {
  t.strictSame(toGapRecord(makeSender('shop'), gap, 1_795_405_158_042), {
    level: 40,
    time: 1_795_405_158_042,
    pid: process.pid,
    hostname: hostname(),
    name: 'zmq-pub-collector',
    msg: '6 records of shop (pid 77 on web-1) are missing: buffer full',
    gap: {
      sender: '01020304050607ff',
      host: 'web-1',
      pid: 77,
      app: 'shop',
      from: 4,
      to: 9,
      records: 6,
      why: 'buffer full'
    }
  })
})

test('an app without a name is called an app', async t => {
  const { msg } = toGapRecord(makeSender(''), gap, 0)
  t.equal(msg, '6 records of an app (pid 77 on web-1) are missing: buffer full')
})
