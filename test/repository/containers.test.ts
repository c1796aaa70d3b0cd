/** The files in contrib/ for containers: what they set exists, and what they copy is there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { parseCheck } from '../../lib/cli/check-arguments.ts'
import { root } from '../helpers/program.ts'

const read = (name: string): string => readFileSync(join(root, 'contrib', name), 'utf8')

const dockerfile = read('Dockerfile').replaceAll('\\\n', '')
/** The arguments of all instructions of one kind. */
const instructions = (kind: string): string[] =>
  [...dockerfile.matchAll(new RegExp(`^${kind} (.*)$`, 'gm'))].map(([, text = '']) => text)

const compose = parse(read('compose.yaml')) as {
  services: Record<string, Service>
  secrets: Record<string, unknown>
  volumes: Record<string, unknown>
}

interface Service {
  build?: { context: string; dockerfile: string }
  hostname?: string
  environment: Record<string, string>
  secrets: string[]
  volumes: string[]
  stop_grace_period: string
}

interface Container {
  args: string[]
  env: { name: string; value: string }[]
  volumeMounts: { name: string; mountPath: string }[]
  startupProbe: Probe
  readinessProbe: HttpProbe
  livenessProbe: HttpProbe
  ports: { name: string; containerPort: number }[]
  securityContext: object
}

interface Probe {
  exec: { command: string[] }
  timeoutSeconds: number
}

interface HttpProbe {
  httpGet: { path: string; port: string }
}

interface Resource {
  kind: string
  spec: Record<string, never>
}

const [service, statefulSet] = parseAllDocuments(read('kubernetes.yaml')).map(document => {
  if (document.errors.length > 0) throw document.errors[0] as Error
  return document.toJS() as Resource
}) as [Resource, Resource]
const pod = (statefulSet.spec['template'] as unknown as { spec: Record<string, never> }).spec
const [container] = pod['containers'] as unknown as [Container]

const imageEnv = Object.fromEntries(
  instructions('ENV').map(text => text.split('=') as [string, string])
)
const collectorEnv = compose.services['collector']?.environment ?? {}
const podEnv = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))

const environments: [where: string, env: Record<string, string>, args: string[]][] = [
  ['Dockerfile', imageEnv, []],
  ['compose.yaml', { ...imageEnv, ...collectorEnv }, []],
  ['kubernetes.yaml', { ...imageEnv, ...podEnv }, container.args]
]

for (const [where, env, args] of environments) {
  test(`the collector knows each flag and variable in ${where}, and each value is valid`, async t => {
    const command = parseCommandLine(args, env)
    t.equal(command.name, 'run')
    const { outputs, bind } = (command as { options: { outputs: object[]; bind: string[] } })
      .options
    t.match(outputs, [{ file: '/var/log/zmq-pub/{date}.log', fileMode: '640', dirMode: '750' }])
    if (where !== 'Dockerfile') t.match(outputs, [{ symlink: 'current.log' }])
    t.strictSame(bind, [where === 'Dockerfile' ? 'tcp://127.0.0.1:5558' : 'tcp://*:5558'])
    for (const name of Object.keys(env).filter(key => key.startsWith('ZMQ_PUB_CURVE_'))) {
      t.ok(['ZMQ_PUB_CURVE_SERVER_KEY_FILE', 'ZMQ_PUB_CURVE_SECRET_KEY_FILE'].includes(name), name)
    }
  })
}

test('health is checked by check, with more time than it takes', async t => {
  const [health = ''] = instructions('HEALTHCHECK')
  const [, timeout, command = ''] = /--timeout=(\d+)s .*CMD (\[.*\])$/.exec(health) ?? []
  const probes: [seconds: number, words: string[]][] = [
    [Number(timeout), JSON.parse(command) as string[]],
    [container.startupProbe.timeoutSeconds, container.startupProbe.exec.command]
  ]
  for (const [seconds, [program, command, ...args]] of probes) {
    t.equal(program, 'zmq-pub-collector')
    t.equal(command, 'check')
    t.ok(seconds * 1000 > (parseCheck(args, {})?.timeoutMs ?? Infinity))
  }
})

test('the other probes ask where metrics are served, and apps reach a collector that is not ready', async t => {
  const { readinessProbe, livenessProbe, ports } = container
  t.match(readinessProbe, { httpGet: { path: '/readyz', port: 'metrics' } })
  t.match(livenessProbe, { httpGet: { path: '/healthz', port: 'metrics' } })
  const port = ports.find(({ name }) => name === 'metrics')?.containerPort ?? 0
  t.ok(container.args.includes(`*:${port}`))
  t.equal(collectorEnv['ZMQ_PUB_COLLECTOR_METRICS'], `*:${port}`)
  t.match(statefulSet.spec['template'], {
    metadata: { annotations: { 'prometheus.io/port': `${port}` } }
  })
  t.match(service.spec, { publishNotReadyAddresses: true })
  t.match(dockerfile, ' prom-client@15 ')
})

test('what the Dockerfile copies is there, and its context has it', async t => {
  const ignored = read('Dockerfile.dockerignore')
  const sources = instructions('COPY')
    .filter(text => !text.startsWith('--from'))
    .flatMap(text => text.split(' ').slice(0, -1))
  t.ok(sources.length > 3)
  for (const source of sources) {
    t.ok(existsSync(join(root, source)), source)
    t.match(ignored, `\n!${source}`, `${source} is in the context`)
  }
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of ['contrib/*.yaml', 'contrib/Dockerfile*', 'contrib/example-app.js'])
    t.ok((files as string[]).includes(name), `${name} is published`)
})

test('compose.yaml builds the image of the package that is installed beside it', async t => {
  const { context = '', dockerfile: file = '' } = compose.services['collector']?.build ?? {}
  t.equal(context, 'node_modules/zmq-pub')
  t.ok(existsSync(join(root, file)), file)
  const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  t.match(
    operations,
    'npm install zmq-pub\ncp node_modules/zmq-pub/contrib/{compose,kubernetes}.yaml .'
  )
  t.match(operations, `docker build -f ${context}/${file} `)
  t.match(
    operations,
    `\ndocker compose exec collector tail -F ${collectorEnv['ZMQ_PUB_COLLECTOR_SYMLINK']}\n`
  )
})

test('nothing runs as root, and what is written is on a volume', async t => {
  const [user = ''] = instructions('USER')
  t.match(user, /^[1-9]\d*:[1-9]\d*$/)
  t.match(pod['securityContext'], { runAsNonRoot: true, runAsUser: Number(user.split(':')[0]) })
  t.match(container.securityContext, { readOnlyRootFilesystem: true })
  const folder = instructions('VOLUME')[0] ?? ''
  t.ok(imageEnv['ZMQ_PUB_COLLECTOR_FILE']?.startsWith(`${folder}/`))
  t.ok(compose.services['collector']?.volumes.includes(`logs:${folder}`))
  t.ok(container.volumeMounts.some(({ mountPath }) => mountPath === folder))
})

test('each secret and volume that is used is declared', async t => {
  for (const { secrets } of Object.values(compose.services))
    for (const name of secrets) t.ok(name in compose.secrets, name)
  t.ok('logs' in compose.volumes)
  const claims = statefulSet.spec['volumeClaimTemplates'] as unknown as {
    metadata: { name: string }
  }[]
  const declared = [
    ...(pod['volumes'] as unknown as { name: string }[]).map(({ name }) => name),
    ...claims.map(({ metadata }) => metadata.name)
  ]
  for (const { name } of container.volumeMounts) t.ok(declared.includes(name), name)
})

test('one collector is run, and it has time to write at its end', async t => {
  t.equal(service.kind, 'Service')
  t.match(statefulSet, { kind: 'StatefulSet', spec: { replicas: 1 } })
  t.ok(Number(pod['terminationGracePeriodSeconds']) > 10)
  for (const { stop_grace_period: grace } of Object.values(compose.services))
    t.ok(Number.parseInt(grace, 10) > 10, grace)
})
