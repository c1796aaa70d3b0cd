import { test, type Test } from 'tap'
import { interruptKey, Screen } from '../../lib/top/screen.ts'
import { makeTerminal } from '../helpers/fake-terminal.ts'
import { waitFor } from '../helpers/wait.ts'

const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'

/** A screen on a terminal, and what it has told. */
function makeScreen(t: Test) {
  const terminal = makeTerminal(t)
  const told: string[] = []
  const screen = new Screen(terminal.output, terminal.input, {
    onKey: key => void told.push(`key ${key}`),
    onResize: () => void told.push('resize'),
    onGone: () => void told.push('gone')
  })
  t.teardown(() => screen.close())
  return { ...terminal, screen, told }
}

test('an open screen hides what the terminal showed, and the cursor, and gets each key', async t => {
  const { input, output, screen } = makeScreen(t)
  screen.open()
  t.equal(output.text, enter)
  t.equal(input.isRaw, true)
})

test('lines are drawn from the top, each on a cleared line', async t => {
  const { output, screen } = makeScreen(t)
  screen.draw(['too early'])
  t.equal(output.text, '')
  screen.open()
  screen.draw(['one', '', 'three'])
  const [first, second, third] = ['one', '', 'three'].map(line => `\u001b[K${line}`)
  t.equal(output.text, `${enter}\u001b[H${first}\r\n${second}\r\n${third}`)
})

test('a closed screen gives the terminal back at once, and draws no more', async t => {
  const { input, output, readDirect, screen } = makeScreen(t)
  const listeners = (): number[] => ['exit', 'SIGCONT'].map(name => process.listenerCount(name))
  const before = listeners()
  screen.open()
  t.not(String(listeners()), String(before))
  screen.close()
  screen.close()
  screen.draw(['too late'])
  t.equal(readDirect(), leave, 'once, and not by a stream, which may wait')
  t.equal(output.text, enter)
  t.equal(input.isRaw, false)
  t.ok(input.isPaused(), 'so that the process can end')
  t.strictSame(listeners(), before)
  t.equal(output.listenerCount('resize'), 0)
})

test('keys are passed on; Ctrl-C is one of them, also amid pasted text', async t => {
  const { input, screen, told } = makeScreen(t)
  screen.open()
  for (const text of ['l', 'ü', `abc${interruptKey}def`]) {
    const count = told.length
    input.write(text)
    await waitFor(() => told.length > count, 'a key')
  }
  t.strictSame(told, ['key l', 'key ü', `key ${interruptKey}`])
})

test(
  'Ctrl-Z gives the terminal back before the process stops; fg takes it again',
  { skip: process.platform === 'win32' && 'no such key' },
  async t => {
    const { input, output, readDirect, screen, told } = makeScreen(t)
    const sent = t.capture(process, 'kill', () => true)
    screen.open()
    input.write('\u001a')
    const [call] = await waitFor(() => {
      const calls = sent()
      return calls.length > 0 && calls
    }, 'a signal')
    t.strictSame(call?.args, [process.pid, 'SIGSTOP'])
    t.equal(readDirect(), leave)
    screen.draw(['meanwhile'])
    t.equal(output.text, enter, 'nothing is drawn over the shell')
    process.emit('SIGCONT')
    t.equal(output.text, enter + enter)
    t.equal(input.isRaw, true)
    t.strictSame(told, ['resize'], 'so that all is drawn anew')
  }
)

test('after SIGCONT alone the screen is set up again, whatever the shell has done', async t => {
  const { output, readDirect, screen } = makeScreen(t)
  screen.open()
  process.emit('SIGCONT')
  t.equal(readDirect(), leave)
  t.equal(output.text, enter + enter)
})

test('another size of the window is told', async t => {
  const { output, screen, told } = makeScreen(t)
  screen.open()
  output.emit('resize')
  t.strictSame(told, ['resize'])
})

test('a terminal that is gone is told, and giving it back fails quietly', async t => {
  const { input, output, screen, told } = makeScreen(t)
  screen.open()
  output.emit('error', new Error('write EIO'))
  input.emit('error', new Error('read EIO'))
  input.emit('end')
  t.strictSame(told, ['gone', 'gone', 'gone'])
  output.fd = -1 as 1
  t.doesNotThrow(() => screen.close())
  t.doesNotThrow(() => output.emit('error', new Error('write EIO')), 'nor does a late error end it')
})

test('without a terminal as stdin there are no keys, and the screen is drawn', async t => {
  const { input, output, screen, told } = makeScreen(t)
  input.isTTY = false
  screen.open()
  input.write('q')
  screen.draw(['drawn'])
  t.match(output.text, /drawn$/)
  t.equal(input.isRaw, false)
  t.equal(input.readableFlowing, null, 'nothing is read')
  t.strictSame(told, [])
})
