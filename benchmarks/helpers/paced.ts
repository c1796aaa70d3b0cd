import { setTimeout as sleep } from 'node:timers/promises'

/** Something that sends batches of lines. */
export interface BatchSender {
  /** whether it must wait for its receiver */
  readonly isFull: boolean
  /** @param count lines */
  sendBatch(count: number): unknown
}

/** How fast batches are sent. */
export interface Pace {
  lines: number
  linesPerBatch: number
  /** 0 = as fast as they are taken */
  msPerLine: number
  /** prints 'warm' when this many lines were sent. @default none */
  warmLines?: number
}

/** Sends batches by senders in turn, evenly over time. */
export async function sendPaced(
  senders: readonly BatchSender[],
  { lines, linesPerBatch, msPerLine, warmLines }: Pace
): Promise<void> {
  const startedAt = performance.now()
  let isWarm = warmLines === undefined
  for (let sent = 0, turn = 0; sent < lines; turn++) {
    const sender = senders[turn % senders.length] as BatchSender
    while (sender.isFull || performance.now() < startedAt + sent * msPerLine) await sleep(1)
    if (!isWarm && sent >= (warmLines ?? 0)) {
      isWarm = true
      process.stdout.write('warm\n')
    }
    const count = Math.min(linesPerBatch, lines - sent)
    await sender.sendBatch(count)
    sent += count
  }
}
