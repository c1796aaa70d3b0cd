/** pyzmq's keys and sockets against ours. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { AuthorizedKeys } from '../../lib/collector/access/authorized-keys.ts'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { startCurveServer } from '../helpers/curve.ts'
import { skip, startPython, waitForOutput } from '../helpers/python.ts'
import { waitFor } from '../helpers/wait.ts'

test(
  "pyzmq's PUBHandler gets through with keys of zmq.auth, once its key is authorized",
  { skip },
  async t => {
    const folder = t.testdir()
    const clients = join(folder, 'clients')
    mkdirSync(clients)
    const { keys: authorized } = AuthorizedKeys.read(clients)
    const { address, keys, handler, messages } = await startCurveServer(t, key =>
      authorized.nameOf(key)
    )
    const { publicPath } = writeKeyPair(folder, 'server', keys)
    const program = startPython(t, 'curve-publisher.py', [address, publicPath, clients])
    await waitForOutput(program, 1)
    t.strictSame([...authorized.reread().added.values()], ['client'])
    program.child.stdin?.write('\n')
    await waitFor(() => messages.some(text => text.includes('ready')), 'its first message')
    program.child.stdin?.write('\n')
    await waitFor(() => messages.some(text => text.includes('over CURVE')), 'its warning')
    t.strictSame(handler.counts, { allowed: 1, refused: 0 })
    t.match(messages.at(-1), /^app\.WARNING .*over CURVE\n$/)
  }
)
