/** What the exit code of `zmq-pub-collector` says. `--help` lists them. */
export const exitCodes = { stopped: 0, failed: 1, usage: 2, invalidConfig: 78 } as const
