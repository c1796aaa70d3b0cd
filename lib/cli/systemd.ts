/**
 * Tells systemd that the collector is ready, and that it lives. Node.js has no datagram sockets of
 * the Unix domain, and the libraries that add them want a compiler on each host; so systemd's own
 * program sends the words. The unit must say `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process'

const program = 'systemd-notify'

/**
 * Says that the service is ready, and from then on that it lives, twice in the time that the
 * watchdog gives. Does nothing where systemd hasn't started this process, or doesn't ask.
 * @param onTrouble called where the program can't be run
 */
export function notifySystemd(env: NodeJS.ProcessEnv, onTrouble: (error: Error) => void): void {
  if (env['NOTIFY_SOCKET'] === undefined) return
  const say = (...words: string[]): void => {
    execFile(program, words, error => error && onTrouble(error))
  }
  say('--ready')
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  if (watchdogMs > 0) setInterval(() => say('WATCHDOG=1'), watchdogMs / 2).unref()
}
