/** nats-server of the system: one node, or a cluster. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from './free-address.ts'
import { loopback } from './loopback.ts'
import { waitFor } from './wait.ts'

/** A process of nats-server. */
export interface NatsNode {
  /** `nats://127.0.0.1:…` */
  readonly url: string
  readonly child: ChildProcess
  /** Ends it by SIGKILL, and resolves when it has ended. */
  kill(): Promise<void>
  /** Starts it again, with its folder. */
  restart(): Promise<void>
}

/** Where nats-server keeps its messages, and how it is found by others. */
interface NodeOptions {
  dir: string
  port: number
  args?: readonly string[]
}

class StartedNode implements NatsNode {
  readonly url: string
  readonly #options: NodeOptions
  child!: ChildProcess

  constructor(options: NodeOptions) {
    this.#options = options
    this.url = `nats://${loopback}:${options.port}`
  }

  async restart(): Promise<void> {
    const { dir, port, args = [] } = this.#options
    mkdirSync(dir, { recursive: true })
    const all = ['-js', '-sd', dir, '-a', loopback, '-p', `${port}`, ...args]
    this.child = spawn('nats-server', all, { stdio: 'ignore' })
    const failed = once(this.child, 'error').then(([error]) => Promise.reject(error as Error))
    await Promise.race([failed, waitFor(() => accepts(port), 'nats-server to listen')])
    failed.catch(() => undefined)
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
  }
}

/** Starts one node. @param args further ones of nats-server */
export async function startNats(
  t: Test,
  dir = t.testdir(),
  args: readonly string[] = []
): Promise<NatsNode> {
  const node = new StartedNode({ dir, port: await findFreePort(loopback), args })
  t.teardown(() => node.kill())
  await node.restart()
  return node
}

/** Starts the nodes of a cluster, each with a folder in `dir`. They need some seconds to elect a leader. */
export async function startCluster(dir: string, size = 3): Promise<NatsNode[]> {
  const ports = await Promise.all(Array.from({ length: size }, () => findFreePort(loopback)))
  const routePorts = await Promise.all(ports.map(() => findFreePort(loopback)))
  const routes = routePorts.map(port => `nats://${loopback}:${port}`).join(',')
  const nodes = ports.map((port, index) => {
    const cluster = [
      '--cluster_name',
      'zmq-pub',
      '--cluster',
      `nats://${loopback}:${routePorts[index]}`
    ]
    const args = ['--name', `node-${index}`, ...cluster, '--routes', routes]
    return new StartedNode({ dir: join(dir, `node-${index}`), port, args })
  })
  await Promise.all(nodes.map(node => node.restart()))
  return nodes
}

/** Whether somebody listens. */
function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, loopback)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
