/** Where pino's worker leaves what the app logs for a while in the memory that both share, and where it must not. */
import { once } from 'node:events'
import { pino, type TransportMultiOptions, type TransportSingleOptions } from 'pino'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { startTransport } from '../helpers/logger.ts'

const fixture = (name: string): string => new URL(`../fixtures/${name}.js`, import.meta.url).href
const worker = { execArgv: ['--import', fixture('tell-pauses')] }
const through = new URL('../fixtures/through.js', import.meta.url).pathname
const toFile = { target: 'pino/file', options: { destination: '/dev/null' } }

type Options = TransportSingleOptions | TransportMultiOptions
type Arrangement = (own: { target: string; options: object }) => Options

const pausing: Record<string, Arrangement> = {
  'an only transport': own => own,
  'an only target': own => ({ targets: [own] })
}
const others: Record<string, Arrangement> = {
  'a target beside another one': own => ({ targets: [own, toFile] }),
  'a target with a level': own => ({ targets: [{ ...own, level: 'info' }] }),
  'the end of a pipeline': own => ({ pipeline: [{ target: through }, own] }) as never
}

for (const [what, arrange] of [...Object.entries(pausing), ...Object.entries(others)]) {
  const mayPause = what in pausing
  test(`the worker of ${what} ${mayPause ? 'pauses' : 'takes what it gets'}`, async t => {
    const { address, waitForLines } = await startCollector(t)
    // A record is expected in this time wherever one came: so there is a pause after it, however slow this machine is.
    const own = { target: 'zmq-pub', options: { address, batchMs: 60_000 } }
    const stream = await startTransport(t, { ...arrange(own), worker } as TransportSingleOptions)
    const logger = pino({}, stream)
    let lines = 0
    const logAndFindPause = async (): Promise<boolean> => {
      const wrote = once(stream, 'wrote')
      logger.info({ line: lines++ })
      const [returned] = (await wrote) as [boolean]
      return !returned
    }
    let pauses = 0
    for (let tries = 0; tries < 20 && pauses < 2; tries++) if (await logAndFindPause()) pauses++
    t.equal(pauses, mayPause ? 2 : 0, 'and goes on after a pause')
    await new Promise(resolve => stream.flush(resolve))
    for (let line = 0; line < 3; line++) t.notOk(await logAndFindPause(), 'none after a flush')
    await new Promise(resolve => stream.flush(resolve))
    const written = await waitForLines(lines)
    t.same(
      written.map(line => (JSON.parse(line) as { line: number }).line),
      Array.from({ length: lines }, (_, line) => line)
    )
  })
}
