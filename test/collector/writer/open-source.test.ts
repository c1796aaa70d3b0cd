import { test, type Test } from 'tap'
import {
  parseCollectorOptions,
  type ResolvedCollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { openEngine } from '../../../lib/collector/writer/open-source.ts'
import { NatsEngine } from '../../../lib/engine/nats/nats-engine.ts'
import { FakeEngine } from '../../helpers/fake-engine.ts'

/** The options of a writer of these partitions, and the engine that is there for all who connect. */
function prepare(t: Test, partitions?: number[]) {
  const engine = new FakeEngine(4)
  const asked: unknown[] = []
  const value = async (options: unknown): Promise<FakeEngine> => {
    asked.push(options)
    return engine
  }
  t.intercept(NatsEngine, 'openForWriter', { value })
  const nats = { servers: 'nats://127.0.0.1:1', stream: 'logs', ...(partitions && { partitions }) }
  const { from } = parseCollectorOptions({ from: { nats } })
  return { engine, asked, from: from as NonNullable<ResolvedCollectorOptions['from']> }
}

for (const partitions of [undefined, [0, 3]]) {
  test(`a writer of ${partitions ? 'some' : 'all'} partitions gets the engine of its stream`, async t => {
    const { engine, asked, from } = prepare(t, partitions)
    t.equal(await openEngine(from), engine)
    t.strictSame(asked, [from])
    t.notOk(engine.isClosed)
  })
}

test('a partition that the stream does not have is refused, with those that it has, and the connection is ended', async t => {
  const { engine, from } = prepare(t, [3, 4, 5])
  await t.rejects(openEngine(from), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message:
      'ERR_ZMQ_PUB_ENGINE: from.nats.partitions must be partitions of the stream logs, which has 0 to 3, got 4'
  })
  t.ok(engine.isClosed)
})
