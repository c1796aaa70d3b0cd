import type { Test } from 'tap'
import type { Connection } from '../../lib/transport/connection/connection.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { Replay } from '../../lib/transport/replay.ts'
import type { Sender, SenderMessage } from '../../lib/transport/sender/sender.ts'
import { identify } from './spool.ts'

/** A replay of the folder over a connection that only notes its senders, and the emitted events. */
export function startReplay(t: Test, dir: string, live = identify('a-live-sender-of-tests')) {
  const added: Sender[] = []
  const removed: [Sender, SenderMessage][] = []
  const events: Record<string, unknown>[] = []
  const connection = {
    add: (sender: Sender) => void added.push(sender),
    remove: (sender: Sender, bye: SenderMessage) => void removed.push([sender, bye])
  } as unknown as Connection
  const options = parseTransportOptions({ spool: { dir } })
  const replay = new Replay(options, connection, live, (name, detail) => {
    events.push({ name, ...detail })
  })
  t.teardown(() => replay.close())
  return { replay, added, removed, events }
}
