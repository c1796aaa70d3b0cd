/** Starts rsyslogd with a configuration of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loopback } from '../../test/helpers/loopback.ts'
import { root } from '../helpers/processes.ts'

/** A rsyslogd that listens. */
export interface Rsyslog {
  child: ChildProcess
  port: number
}

/** How to install rsyslog, with one of its inputs; false where it is there. */
export function missingRsyslog(input: 'imtcp' | 'imczmq'): string | false {
  const name = input === 'imczmq' ? 'rsyslog-czmq' : 'rsyslog'
  const path = String(spawnSync('dpkg', ['-L', name]).stdout)
    .split('\n')
    .find(line => line.endsWith(`/${input}.so`))
  return (path === undefined || !existsSync(path)) && `apt-get install ${name}`
}

/** Starts one that receives lines by TCP, by rsyslog.conf. @param folder for its files */
export async function startRsyslogTcp(folder: string): Promise<Rsyslog> {
  const config = readFileSync(join(root, 'benchmarks/rivals/rsyslog.conf'), 'utf8')
    .replaceAll('{folder}', folder)
    .replaceAll('{address}', loopback)
  const child = startRsyslog(folder, config)
  return { child, port: await readPort(join(folder, 'port')) }
}

/** Starts one that receives messages of ZeroMQ. @param folder for its files */
export async function startRsyslogZmq(
  folder: string
): Promise<{ child: ChildProcess; address: string }> {
  const address = `tcp://${loopback}:${await findFreePort()}`
  const config = `global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imczmq") input(type="imczmq" endpoints="@${address}" socktype="SUB" topics="" ruleset="file")
template(name="line" type="string" string="%rawmsg:::drop-last-lf%\\n")
ruleset(name="file" queue.type="FixedArray" queue.size="100000" queue.dequeueBatchSize="2048") {
  if $rawmsg startswith "{" then action(type="omfile" file="${join(folder, 'rsyslog.log')}" template="line")
}
`
  return { child: startRsyslog(folder, config), address }
}

function startRsyslog(folder: string, config: string): ChildProcess {
  const path = join(folder, 'rsyslog.conf')
  writeFileSync(path, config)
  return spawn('rsyslogd', ['-n', '-f', path, '-i', join(folder, 'rsyslog.pid')], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Reads the port on which rsyslogd listens, as soon as it has written it. */
async function readPort(path: string): Promise<number> {
  for (;;) {
    const port = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
    if (port > 0) return port
    await sleep(20)
  }
}
