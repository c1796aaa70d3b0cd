import { test } from 'tap'
import {
  maxBatchBytes,
  maxDroppedRanges,
  maxFrameBytes,
  maxHelloBytes,
  maxRecordBytes,
  maxUpstreamFrameBytes
} from '../../lib/wire/limits.ts'

test('no batch that a transport can make is larger than a frame may be', async t => {
  t.ok(maxBatchBytes - 1 + maxRecordBytes <= maxFrameBytes)
})

test('a hello within its limits has room for as many dropped ranges as usual ones need', async t => {
  const range = { from: 123_456_789, to: 123_456_790, why: 'buffer full' }
  t.ok(JSON.stringify(Array.from({ length: maxDroppedRanges }, () => range)).length < maxHelloBytes)
  t.ok(maxHelloBytes < maxUpstreamFrameBytes)
})
