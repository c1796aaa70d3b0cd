/** The live table of `zmq-pub-collector top`, in a terminal that `script` makes. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { root, startCollectorProgram, startProgram, type Program } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const enter = '\u001b[?1049h'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const isMissing = process.platform !== 'linux' || spawnSync('script', ['--version']).error
const skip = isMissing ? 'no program `script` of Linux, which makes a terminal' : false

interface Terminal extends Program {
  press(keys: string): void
  /** the process of `top` */
  pid: number
  waitFor(text: string | RegExp): Promise<unknown>
}

/** Starts `top` in a terminal, and waits until it has drawn something. */
async function startTop(t: Test, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Terminal> {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const words = [process.execPath, join(root, 'collector.js'), 'top', ...args]
  const quoted = words.map(word => `'${word}'`).join(' ')
  const command = `stty rows 24 cols 80; echo $$ > ${folder}/pid; exec ${quoted}`
  const program = startProgram(t, '', {
    command: 'script',
    args: ['-qefc', command, '/dev/null'],
    env: { TERM: 'xterm', ...env }
  })
  const terminal = {
    ...program,
    press: (keys: string) => void (program.child.stdin as NodeJS.WritableStream).write(keys),
    waitFor: (text: string | RegExp) =>
      waitFor(() => {
        const shown = program.stdout()
        return typeof text === 'string' ? shown.includes(text) : text.test(shown)
      }, `${text} on the screen`),
    pid: 0
  }
  await terminal.waitFor('quit')
  return { ...terminal, pid: Number(readFileSync(join(folder, 'pid'), 'utf8')) }
}

async function startCollector(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = ['--file', join(folder, 'all.log'), '--rotate', 'never']
  const collector = await startCollectorProgram(t, file)
  return { ...collector, file }
}

/** Each way to end it, and the exit code. */
const ends: [what: string, end: (terminal: Terminal) => void, code: number][] = [
  ['q', ({ press }) => press('q'), 0],
  ['Ctrl-C', ({ press }) => press('\u0003'), 0],
  ['SIGTERM', ({ pid }) => process.kill(pid, 'SIGTERM'), 0],
  ['SIGHUP', ({ pid }) => process.kill(pid, 'SIGHUP'), 0]
]

test('the table is live, and the terminal is given back however it ends', { skip }, async t => {
  const { file, address } = await startCollector(t)
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app: 'shop', host: 'web-1' })
  for (const [what, end, code] of ends) {
    const terminal = await startTop(t, file)
    await terminal.waitFor('web-1')
    end(terminal)
    t.equal((await terminal.exited).code, code, what)
    const shown = terminal.stdout()
    t.equal(shown.split(enter).length, 2, 'it was entered once')
    t.ok(shown.trimEnd().endsWith(leave), `${what}: ${JSON.stringify(shown.slice(-60))}`)
  }
})

test(
  'keys sort, a restart of the collector is waited for, NO_COLOR is respected',
  { skip },
  async t => {
    const { file, child, exited } = await startCollector(t)
    const terminal = await startTop(t, file, { NO_COLOR: '1' })
    terminal.press('n')
    await terminal.waitFor('(now: name)')
    child.kill('SIGKILL')
    await exited
    await terminal.waitFor('ERR_ZMQ_PUB_ADDRESS: no collector is writing this log')
    const next = await startCollectorProgram(t, file)
    await terminal.waitFor(`pid ${next.child.pid} on`)
    terminal.press('q')
    t.equal((await terminal.exited).code, 0)
    // oxlint-disable-next-line no-control-regex
    t.notMatch(terminal.stdout(), /\u001b\[\d*m/)
  }
)

test('without a collector the terminal is not touched', { skip }, async t => {
  const command = `'${process.execPath}' '${join(root, 'collector.js')}' top --file '${t.testdir()}/{date}.log'`
  const program = startProgram(t, '', { command: 'script', args: ['-qefc', command, '/dev/null'] })
  t.equal((await program.exited).code, 1)
  t.match(program.stdout(), 'no collector is writing this log')
  t.notMatch(program.stdout(), enter)
})

test(
  'an error that nobody catches is shown on the terminal that is given back',
  { skip },
  async t => {
    const command = `'${process.execPath}' '${join(root, 'test/fixtures/broken-screen.js')}'`
    const program = startProgram(t, '', {
      command: 'script',
      args: ['-qefc', command, '/dev/null']
    })
    t.equal((await program.exited).code, 1)
    const [drawn = '', shown = '', ...others] = program.stdout().split(leave)
    t.ok(drawn.includes('drawn') && !drawn.includes('on purpose'), drawn)
    t.match(shown, 'on purpose')
    t.strictSame(others, [], 'it was left once')
  }
)
