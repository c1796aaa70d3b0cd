/** What docs/page.md says. */
import { test } from 'tap'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { findBlock } from '../helpers/code-blocks.ts'

test('the command in docs/page.md starts a collector with a page', async t => {
  const [program, ...args] = findBlock('docs/page.md', 'start').code.trim().split(' ')
  t.equal(program, 'zmq-pub-collector')
  t.match(parseCommandLine(args, {}), { name: 'run', options: { ui: '127.0.0.1:8558' } })
})
