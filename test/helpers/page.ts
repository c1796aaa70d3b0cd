/** A collector with a page, and browsers that look at it. */
import type { Test } from 'tap'
import type { CollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { startCollector } from './collector.ts'
import { loopback } from './loopback.ts'
import { logIn, open, readEvents, type ServerEvent } from './page-requests.ts'
import { waitFor } from './wait.ts'

/** A collector with a page, and a session. */
export async function startPage(t: Test, options: CollectorOptions = {}) {
  const started = await startCollector(t, { ui: `${loopback}:0`, ...options })
  const { url } = (await waitFor(
    () => started.entries.find(({ msg }) => msg === 'serving the page'),
    'a page'
  )) as { url: string }
  const [, port = '', token = ''] = /:(\d+)\/#token=(.*)$/.exec(url) ?? []
  const session = await logIn(Number(port), token)
  return { ...started, url, port: Number(port), token, session }
}

/** Opens a stream of live records, and waits until it has begun. */
export async function watchLive(
  t: Test,
  { port, session }: { port: number; session: { cookie: string } },
  query = '',
  headers: Record<string, string> = {}
) {
  const response = await open(port, `/api/live${query}`, { headers: { ...session, ...headers } })
  t.teardown(() => response.destroy())
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}`)
  const events = readEvents(response)
  const { value: start } = (await events.next()) as { value: ServerEvent }
  return { response, events, start }
}
