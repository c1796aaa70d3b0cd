/** What all sub-commands of `zmq-pub-collector` have in common. */
import { test } from 'tap'
import { startProgram } from '../helpers/program.ts'

for (const name of ['check', 'keygen', 'search', 'tail', 'top', 'validate']) {
  test(`${name} --help is about ${name}`, async t => {
    const { exited, stdout } = startProgram(t, 'collector.js', { args: [name, '--help'] })
    t.match(await exited, { code: 0 })
    t.ok(stdout().startsWith(`zmq-pub-collector ${name}: `), stdout())
    t.match(stdout(), `\nUsage: zmq-pub-collector ${name} `)
    t.match(stdout(), /\nExit codes: 0 [^]* 2 wrong usage[^]*\n$/)
    const widest = Math.max(
      ...stdout()
        .split('\n')
        .map(line => line.length)
    )
    t.ok(widest <= 105, `${widest} characters`)
  })
}

const keys = ['--curve-server-key-file', 'missing.key', '--curve-secret-key-file', 'missing']
const wrong: [args: string[], code: string][] = [
  [['search', '--config', 'missing.json'], 'ERR_ZMQ_PUB_CONFIG'],
  [['top', '--config', 'missing.json'], 'ERR_ZMQ_PUB_CONFIG'],
  [['check', ...keys], 'ERR_ZMQ_PUB_KEY'],
  [['tail', ...keys], 'ERR_ZMQ_PUB_KEY'],
  [['keygen', 'a', '--dir', process.execPath], 'ERR_ZMQ_PUB_KEY']
]

for (const [args, code] of wrong) {
  test(`${args.slice(0, 2).join(' ')} … is wrong usage: it doesn't exit as if nothing was found or answered`, async t => {
    const { exited, stderr } = startProgram(t, 'collector.js', { args })
    t.match(await exited, { code: 2 })
    t.match(stderr(), `zmq-pub-collector: ${code}: `)
  })
}
