import { test } from 'tap'
import {
  checkStream,
  findStreamFaults,
  toStreamConfig,
  toSubject,
  type StreamFacts
} from '../../../lib/engine/nats/nats-stream.ts'

const wanted = toStreamConfig({
  servers: [],
  stream: 'logs',
  subject: 'all.logs',
  credentials: '',
  tls: { ca: '', cert: '', key: '' },
  partitions: 2,
  replicas: 3,
  maxBytes: 1000
})

test('a stream that a gateway makes can keep the promise', async t => {
  t.strictSame(findStreamFaults(wanted, 3), [])
  t.match(wanted, { subjects: ['all.logs.0', 'all.logs.1'], max_bytes: 1000, discard: 'new' })
})

const faults: [changed: Partial<StreamFacts>, fault: RegExp][] = [
  [{ storage: 'memory' }, /^storage must be 'file', got 'memory'$/],
  [{ retention: 'workqueue' }, /^retention must be 'limits', got 'workqueue'/],
  [{ discard: 'old' }, /^discard must be 'new', got 'old'/],
  [{ max_age: 60_000_000_000 }, /^max_age must be 0, got 60 s: records that are not written yet/],
  [{ num_replicas: 1 }, /^num_replicas must be at least 3, got 1$/],
  [{ max_msgs_per_subject: 10 }, /^max_msgs_per_subject must be -1, got 10$/],
  [{ no_ack: true }, /^no_ack must be false/],
  [{ sealed: true }, /^sealed must be false/],
  [{ deny_purge: true }, /^deny_purge must be false/],
  [{ mirror: { name: 'other' } }, /^mirror and sources must not be given/],
  [{ sources: [{}] }, /^mirror and sources must not be given/],
  [{ subjects: ['all.logs.>'] }, /^subjects must be <subject>\.0/],
  [{ subjects: ['all.logs.0', 'all.logs.2'] }, /^subjects must be <subject>\.0/]
]

for (const [changed, fault] of faults) {
  test(`a stream with ${JSON.stringify(changed)} is refused, and the error says why`, async t => {
    const [found = '', ...others] = findStreamFaults({ ...wanted, ...changed }, 3)
    t.match(found, fault)
    t.strictSame(others, [])
    t.throws(() => checkStream({ ...wanted, ...changed }, 3), {
      code: 'ERR_ZMQ_PUB_ENGINE',
      message: /the stream logs exists, and cannot be used: .*\. Change it/
    })
  })
}

test('the subject is what the subjects of all partitions begin with', async t => {
  t.equal(toSubject(['a.b.0', 'a.b.1']), 'a.b')
  t.equal(toSubject(['a.b.1', 'a.b.0']), undefined)
  t.equal(toSubject([]), undefined)
})
