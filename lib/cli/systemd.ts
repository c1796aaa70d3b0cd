/**
 * Notifies systemd that the collector is ready, and then that it is alive. Node.js has no Unix datagram
 * sockets, and the libraries that add them need a compiler on each host; so the program
 * systemd-notify sends the messages. The unit must have `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process'

const program = 'systemd-notify'

/**
 * Notifies that the service is ready, and from then on that it is alive, twice per watchdog timeout.
 * Does nothing where the process wasn't started by a unit with `Type=notify`.
 * @param onTrouble called where the program can't be run
 */
export function notifySystemd(env: NodeJS.ProcessEnv, onTrouble: (error: Error) => void): void {
  if (!env['NOTIFY_SOCKET']) return
  const notify = (...messages: string[]): void => {
    execFile(program, messages, error => error && onTrouble(error))
  }
  notify('--ready')
  const watchdogMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  if (watchdogMs > 0) setInterval(() => notify('WATCHDOG=1'), watchdogMs / 2).unref()
}
