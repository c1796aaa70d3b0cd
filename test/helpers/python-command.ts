import { spawnSync } from 'node:child_process'

/** A Python 3 that has pyzmq: that on the path, or Debian's; undefined where there is none. */
export const python = ['python3', '/usr/bin/python3'].find(
  command => spawnSync(command, ['-c', 'import zmq']).status === 0
)
