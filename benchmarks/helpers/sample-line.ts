const record = { level: 30, time: 1_795_417_602_000, pid: 12_345, hostname: 'host', name: 'bench' }

/** A record of 145 bytes, as pino writes it. */
export const sampleLine = `${JSON.stringify({ ...record, line: 1_234_567, msg: 'x'.repeat(42) })}\n`
