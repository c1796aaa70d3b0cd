/** What contrib/ has for containers, as far as it can be run here. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parse } from 'yaml'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { readFolder } from '../helpers/collector.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

interface Compose {
  services: { app: { entrypoint: string[]; environment: Record<string, string> } }
}

test('what the Dockerfile copies is enough for the collector, its check and the example app of compose.yaml', async t => {
  const folder = t.testdir()
  const image = join(folder, 'opt')
  const dockerfile = readFileSync(join(root, 'contrib', 'Dockerfile'), 'utf8')
  for (const [, words = ''] of dockerfile.matchAll(/^COPY (?!--from)(.*)$/gm)) {
    for (const source of words.split(' ').slice(0, -1))
      cpSync(join(root, source), join(image, source), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(image, 'node_modules'), 'junction')
  const keys = join(folder, 'keys')
  const [collectorKeys, appKeys] = ['collector', 'example'].map(name =>
    writeKeyPair(keys, name, createKeyPair())
  ) as [ReturnType<typeof writeKeyPair>, ReturnType<typeof writeKeyPair>]
  mkdirSync(join(keys, 'clients'))
  cpSync(appKeys.publicPath, join(keys, 'clients', 'example.key'))

  const collector = await startCollectorProgram(t, [
    '--file',
    join(folder, 'logs', '{date}.log'),
    '--curve-secret-key',
    collectorKeys.secretPath,
    '--authorized-keys',
    join(keys, 'clients')
  ])
  const check = startProgram(t, '', {
    args: [join(image, 'collector.js'), 'check', '--address', collector.address],
    env: {
      ZMQ_PUB_CURVE_SERVER_KEY_FILE: collectorKeys.publicPath,
      ZMQ_PUB_CURVE_SECRET_KEY_FILE: appKeys.secretPath
    }
  })
  t.equal((await check.exited).code, 0, check.stderr())

  const compose = readFileSync(join(root, 'contrib', 'compose.yaml'), 'utf8')
  const { app } = (parse(compose) as Compose).services
  const here: Record<string, string> = {
    ZMQ_PUB_ADDRESS: collector.address,
    ZMQ_PUB_CURVE_SERVER_KEY_FILE: collectorKeys.publicPath,
    ZMQ_PUB_CURVE_SECRET_KEY_FILE: appKeys.secretPath
  }
  t.strictSame(Object.keys(app.environment).toSorted(), Object.keys(here).toSorted())
  const [, script = ''] = app.entrypoint
  const example = startProgram(t, '', {
    args: [join(image, script.replace('/opt/zmq-pub/', ''))],
    env: here
  })
  await waitFor(() => readFolder(join(folder, 'logs')).includes('"msg":"paid"'), 'a line')
  example.child.kill('SIGTERM')
  t.equal((await example.exited).code, 0, example.stderr())
  t.match(readFolder(join(folder, 'logs')), '"name":"example","msg":"stopping"')
  t.equal(await collector.stop(), 0)
})

const isDockerMissing = spawnSync('docker', ['info']).status !== 0

test(
  'the image is built, and its collector runs',
  { skip: isDockerMissing && 'no docker daemon can be reached' },
  async t => {
    const file = join(root, 'contrib', 'Dockerfile')
    const tag = 'zmq-pub-collector-test'
    const built = spawnSync('docker', ['build', '-q', '-f', file, '-t', tag, root])
    t.equal(built.status, 0, built.stderr.toString())
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const run = spawnSync('docker', ['run', '--rm', tag, '--version'])
    t.equal(run.stdout.toString(), `${version}\n`)
  }
)
