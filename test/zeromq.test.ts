import { test } from 'tap'
import { loadZeromq } from '../lib/zeromq.ts'

test('zeromq is loaded', async t => {
  t.type((await loadZeromq()).XPublisher, 'function')
})

const reasons: [what: string, thrown: unknown, reason: string][] = [
  [
    'no binary for this system',
    new Error(
      'Failed to load zeromq.js addon.node: Error: No compatible zeromq.js addon found for linux arm glibc. The candidates were:\n{}\n    at file.js'
    ),
    'No compatible zeromq.js addon found for linux arm glibc'
  ],
  [
    'a binary that cannot be loaded',
    new Error('No compatible zeromq.js addon found'),
    'No compatible zeromq.js addon found'
  ],
  [
    'no package',
    new Error("Cannot find package 'zeromq' imported from app.mjs"),
    "Cannot find package 'zeromq' imported from app.mjs"
  ],
  ['a text', 'broken', 'broken']
]

for (const [what, thrown, reason] of reasons) {
  test(`${what}: the error says why, and what to do`, async t => {
    const loading = loadZeromq(() => Promise.reject(thrown))
    const error = await loading.catch((caught: unknown) => caught as Error)
    t.match(error, { code: 'ERR_ZMQ_PUB_ZEROMQ' })
    const start = `ERR_ZMQ_PUB_ZEROMQ: cannot load zeromq on this machine (${process.platform} ${process.arch}): ${reason}. zeromq has`
    t.ok((error as Error).message.startsWith(start), (error as Error).message)
    t.match((error as Error).message, 'npm rebuild zeromq')
    t.notMatch((error as Error).message, '\n')
  })
}
