import { test } from 'tap'
import { TimeZone } from '../../lib/collector/time/time-zone.ts'
import { parseTime } from '../../lib/search/time-argument.ts'

const nowMs = Date.parse('2026-11-26T12:00:00Z')
const berlin = new TimeZone('Europe/Berlin')

const times: [text: string, expected: string][] = [
  ['30s', '2026-11-26T11:59:30Z'],
  ['15m', '2026-11-26T11:45:00Z'],
  ['2h', '2026-11-26T10:00:00Z'],
  ['7d', '2026-11-19T12:00:00Z'],
  ['2026-11-23', '2026-11-22T23:00:00Z'],
  ['2026-11-23 07:00', '2026-11-23T06:00:00Z'],
  ['2026-11-23T06:00:00Z', '2026-11-23T06:00:00Z']
]

for (const [text, expected] of times) {
  test(`${text} is ${expected}`, async t => {
    t.equal(parseTime(text, '--since', berlin, nowMs), Date.parse(expected))
  })
}

for (const text of ['', 'yesterday', '2 h', '1w', '2026-13-01', '1234567890h']) {
  test(`'${text}' is refused with what was expected`, async t => {
    t.throws(() => parseTime(text, '--since', berlin, nowMs), {
      code: 'ERR_ZMQ_PUB_OPTION',
      message: /--since must be a duration before now such as 30s.*, got "/
    })
  })
}
