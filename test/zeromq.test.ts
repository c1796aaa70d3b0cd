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

test('what the loader of zeromq writes to the console becomes a part of the error, and other warnings pass', async t => {
  const { warn } = console
  const passed: unknown[][] = []
  const capture = (...words: unknown[]): void => void passed.push(words)
  console.warn = capture
  t.teardown(() => (console.warn = warn))
  const loading = loadZeromq(async () => {
    for (const [abi, why] of [
      [127, 'libstdc++.so.6: cannot open shared object file'],
      [115, 'no such file']
    ] as const) {
      console.warn(
        '\u001B[33m[WARN cmake-ts]\u001B[0m',
        `Failed to load addon at /app/${abi}/addon.node: Error: ${why}\n    at file.js\nTrying others...`
      )
    }
    console.warn('other', 1)
    throw new Error('No compatible zeromq.js addon found')
  })
  await t.rejects(loading, {
    message:
      /: No compatible zeromq.js addon found \(libstdc\+\+.so.6: cannot open shared object file\). zeromq/
  })
  t.strictSame(passed, [['other', 1]])
  t.equal(console.warn, capture)
})
