/** What strangers can do to the page by waiting. */
import { connect } from 'node:net'
import { test } from 'tap'
import { loopback } from '../helpers/loopback.ts'
import { ask } from '../helpers/page-requests.ts'
import { startPage } from '../helpers/page.ts'
import { waitFor } from '../helpers/wait.ts'

test('many connections that say nothing keep nobody out for long', async t => {
  const { port, session } = await startPage(t)
  const silent = Array.from({ length: 100 }, () =>
    connect(port, loopback)
      .on('error', () => undefined)
      .resume()
  )
  t.teardown(() => silent.forEach(socket => socket.destroy()))
  await waitFor(
    () =>
      ask(port, '/api/senders', { headers: session }).then(
        ({ status }) => status === 200,
        () => false
      ),
    'an answer'
  )
  t.pass()
})
