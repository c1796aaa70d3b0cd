/** Takes lines by TCP and writes them to FILE, as they come: the receiving end of pino-socket. */
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { loopback } from '../../test/helpers/loopback.ts'

const file = createWriteStream(process.env['FILE'] ?? '')
const server = createServer(socket => socket.pipe(file, { end: false }))
server.listen(0, loopback, () => process.stdout.write(`${JSON.stringify(server.address())}\n`))
process.once('SIGTERM', () => file.end(() => process.exit(0)))
