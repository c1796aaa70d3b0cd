/** The messages in docs/errors.md are what the errors say when they are provoked. */
import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { errorsPath, makeErrorsPage, provokeErrors } from '../../contrib/make-errors.ts'
import { errorCodes } from '../../lib/errors.ts'
import { readBlocks } from '../helpers/code-blocks.ts'

const page = readFileSync(errorsPath, 'utf8')
/** Other systems say other things of files and interfaces. */
const skip = process.platform !== 'linux' && 'the messages on the page are those of Linux'

test('the messages are those of the code: npm run errors', { skip }, async t => {
  const messages = await provokeErrors()
  for (const code of errorCodes) t.ok(messages[code].length > 0, code)
  t.equal(makeErrorsPage(page, messages), page)
  t.equal(readBlocks('docs/errors.md').length, errorCodes.length, 'no block is written by hand')
})

test('messages go into the sections of their codes, and nothing else is changed', async t => {
  const empty = Object.fromEntries(errorCodes.map(code => [code, ['$& $1']]))
  const changed = makeErrorsPage(page, empty as Parameters<typeof makeErrorsPage>[1])
  t.equal(changed.split('\n$& $1\n').length, errorCodes.length + 1)
  t.equal(changed.replaceAll(/^```\n.*?^```$/gms, ''), page.replaceAll(/^```\n.*?^```$/gms, ''))
})
