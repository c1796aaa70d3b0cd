import { test } from 'tap'
import { StreamOutput } from '../../../lib/collector/gateway/stream-output.ts'
import { createSender } from '../../../lib/collector/intake/sender-state.ts'
import type { Engine, EngineMessage } from '../../../lib/engine/engine.ts'
import { decodeEntry, toPartition, type Entry } from '../../../lib/engine/entry.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { waitFor } from '../../helpers/wait.ts'

const hello = { ...createHello(), app: 'shop' }
const header = { kind: 'hello', senderId: 'sender-a', first: 5, count: 0 } as const

/** An output, and the engine behind it, which stores a message when it is told to. */
function createOutput() {
  const messages: EngineMessage[] = []
  const stored: { resolve: () => void; reject: (error: Error) => void }[] = []
  const told: string[] = []
  const engine = {
    id: 'stream-1',
    partitions: 4,
    maxPayloadBytes: 1000,
    publish: (message: EngineMessage) => {
      messages.push(message)
      return new Promise<void>((resolve, reject) => stored.push({ resolve, reject }))
    }
  }
  const output = new StreamOutput(engine as Partial<Engine> as Engine, 'logs', {
    onTrouble: ({ message }) => told.push(message),
    onRecovery: () => told.push('recovery')
  })
  const entries = (): Entry[] =>
    messages.map(({ headers, payload }) =>
      decodeEntry({ position: 1, header: name => headers[name], payload })
    )
  return { output, messages, entries, stored, told }
}

/** A commit that counts its open parts. */
function createCommit() {
  const commit = { open: 1, add: () => void commit.open++, done: () => void commit.open-- }
  return commit
}

function toBatch(commit: ReturnType<typeof createCommit>, why?: string) {
  const records = Buffer.from('{"n":5}\n{"n":6}\n')
  const numbers = { senderId: 'sender-a', first: 5, last: 6 }
  const rest = { hello, records, isNotice: why !== undefined, commit }
  return { ...numbers, ...rest, ...(why !== undefined && { why }) }
}

test('a batch is one message with its numbers and its bytes, in the partition of its sender', async t => {
  const { output, messages, entries } = createOutput()
  output.append(toBatch(createCommit()), createSender(header, hello, undefined))
  t.match(entries(), [
    { kind: 'batch', senderId: 'sender-a', first: 5, count: 2, floor: 5, hello: { app: 'shop' } }
  ])
  t.equal(messages[0]?.payload.toString(), '{"n":5}\n{"n":6}\n')
  t.equal(messages[0]?.partition, toPartition('sender-a', 4))
})

test('a batch is committed, and counts as written, when the stream has it', async t => {
  const { output, stored } = createOutput()
  const commit = createCommit()
  output.append(toBatch(commit), createSender(header, hello, undefined))
  t.equal(commit.open, 2)
  t.match(output.state, { file: 'logs', isRequired: true, writtenRecords: 0, pendingBytes: 16 })
  t.equal(output.requiredBytes, 16)
  stored[0]?.resolve()
  await waitFor(() => commit.open === 1, 'the commit')
  t.strictSame(output.state, {
    file: 'logs',
    isRequired: true,
    writtenRecords: 2,
    writeErrors: 0,
    pendingBytes: 0,
    openFiles: 0,
    trouble: undefined
  })
})

test('what an app has dropped is an entry with its reason, and is no written record', async t => {
  const { output, entries, stored } = createOutput()
  const commit = createCommit()
  output.append(toBatch(commit, 'buffer full'), createSender(header, hello, undefined))
  t.match(entries(), [{ kind: 'dropped', first: 5, count: 2, why: 'buffer full' }])
  stored[0]?.resolve()
  await waitFor(() => commit.open === 1, 'the commit')
  t.equal(output.state.writtenRecords, 0)
})

for (const kind of ['hello', 'bye'] as const) {
  test(`a ${kind} says that all before it is in the stream`, async t => {
    const { output, entries } = createOutput()
    output.announce(kind, { ...createSender(header, hello, undefined), committed: 9 })
    t.match(entries(), [{ kind, senderId: 'sender-a', first: 10, count: 0, floor: 10 }])
    t.equal(output.requiredBytes, 0)
  })
}

test('trouble is counted, shown and told, and what was not stored is published again', async t => {
  const { output, messages, stored, told } = createOutput()
  const commit = createCommit()
  output.append(toBatch(commit), createSender(header, hello, undefined))
  stored[0]?.reject(new Error('no leader'))
  await waitFor(() => told.length > 0, 'the trouble')
  t.match(output.state, { writeErrors: 1, pendingBytes: 16, trouble: { message: 'no leader' } })
  t.equal(commit.open, 2, 'the app keeps the records')
  await waitFor(() => messages.length === 2, 'the second try')
  t.equal(messages[1]?.id, messages[0]?.id, 'the stream keeps one of both')
  stored[1]?.resolve()
  await waitFor(() => commit.open === 1, 'the commit')
  t.strictSame(told, ['no leader', 'recovery'])
  t.equal(output.state.trouble, undefined)
})

test('a closed output publishes nothing, and commits nothing more', async t => {
  const { output, messages, stored } = createOutput()
  const commit = createCommit()
  const sender = createSender(header, hello, undefined)
  output.append(toBatch(commit), sender)
  output.close()
  stored[0]?.resolve()
  await new Promise(resolve => setImmediate(resolve))
  output.append(toBatch(createCommit()), sender)
  t.equal(commit.open, 2)
  t.equal(messages.length, 1)
})
