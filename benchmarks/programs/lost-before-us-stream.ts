import { openSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/** A worker's stream that only writes to a file, and delays each write by 0.15 ms. */
export default function stream({ destination }: { destination: string }): Writable {
  const fd = openSync(destination, 'w')
  return new Writable({
    decodeStrings: false,
    highWaterMark: 65_536,
    write(chunk: string, _encoding, callback) {
      writeSync(fd, chunk)
      const until = performance.now() + 0.15
      while (performance.now() < until);
      callback()
    }
  })
}
