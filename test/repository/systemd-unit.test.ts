/** The systemd unit in contrib/, and what docs/operations.md says about it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parseCheck } from '../../lib/cli/check-arguments.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'

const name = 'zmq-pub-collector.service'
const unit = readFileSync(join(root, 'contrib', name), 'utf8')
const [, unitSection = '', serviceSection = ''] = unit.split(/^\[(?:Unit|Service|Install)\]$/m)

/** The value of a setting; undefined where it is not set. */
function read(section: string, setting: string): string | undefined {
  return new RegExp(`^${setting}=(.*)$`, 'm').exec(section)?.[1]
}

const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined

test(
  'systemd accepts the unit',
  { skip: isMissing && 'systemd-analyze is not installed' },
  async t => {
    // It looks for the program, too, which is not installed here.
    const runnable = unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`)
    const path = join(t.testdir({ [name]: runnable }), name)
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path])
    // It may complain about other units of the machine.
    t.strictSame(
      stderr
        .toString()
        .split('\n')
        .filter(line => line.includes(name)),
      []
    )
  }
)

test(
  'systemd accepts the check of docs/operations.md, and its arguments are valid',
  { skip: isMissing && 'systemd-analyze is not installed' },
  async t => {
    const service = findBlock('docs/operations.md', 'check-service').code
    const timer = findBlock('docs/operations.md', 'check-timer').code
    const folder = t.testdir({
      'zmq-pub-check.service': service.replace(/(?<=^ExecStart=)\S+/m, process.execPath),
      'zmq-pub-check.timer': timer
    })
    for (const file of ['zmq-pub-check.service', 'zmq-pub-check.timer']) {
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, file)])
      t.notMatch(stderr.toString(), 'zmq-pub-check')
    }
    const [program = '', command, ...args] = (
      read(service.replaceAll(/\\\n */g, ''), 'ExecStart') ?? ''
    ).split(' ')
    t.ok(read(serviceSection, 'ExecStart')?.startsWith(`${program} `))
    t.equal(command, 'check')
    t.match(parseCheck(args, {}), { address: 'tcp://127.0.0.1:5558' })
    t.equal(read(service, 'User'), read(serviceSection, 'User'))
  }
)

test('a collector that fails is started again without end, but not after wrong usage', async t => {
  t.equal(read(unitSection, 'StartLimitIntervalSec'), '0')
  t.equal(read(serviceSection, 'Restart'), 'always')
  t.equal(read(serviceSection, 'RestartPreventExitStatus'), '2')
})

test('the logs can be read by a group that is there, and by nobody else', async t => {
  const group = read(serviceSection, 'Group')
  t.equal(group, read(serviceSection, 'User'))
  t.equal(read(serviceSection, 'DynamicUser'), undefined)
  t.equal(read(serviceSection, 'LogsDirectoryMode'), '0750')
  t.equal(read(serviceSection, 'UMask'), '0027')
  const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  t.match(operations, new RegExp(`^useradd .*--user-group .* ${group}$`, 'm'))
  t.match(operations, new RegExp(`^usermod --append --groups ${group} `, 'm'))
  // What is to be overridden for another group.
  const [, setting = ''] =
    /^\[Service\]\n(\w+)=/.exec(findBlock('docs/operations.md', 'readers').code) ?? []
  t.equal(read(serviceSection, setting), group)
})
