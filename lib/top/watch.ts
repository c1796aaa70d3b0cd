/** The live table. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Snapshot } from '../collector/control/snapshot.ts'
import { toMessage } from '../errors.ts'
import { untilAborted } from '../util/timeout.ts'
import { toPage } from './page.ts'
import { interruptKey, Screen } from './screen.ts'
import type { SnapshotClient } from './snapshot-client.ts'
import { orders, type Order } from './table.ts'
import { toView, type View } from './view.ts'

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Of a window that doesn't tell its size, or says that it has none. */
const usualWidth = 80
const usualHeight = 24

/**
 * Shows what a collector does until the user quits. A collector that ends is waited for.
 * @param first a snapshot of just now @param intervalMs between two looks
 */
export async function watch(
  client: SnapshotClient,
  first: Snapshot,
  intervalMs: number
): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  let order: Order = 'lines'
  let latest = first
  let view: View = toView(first, undefined)
  let trouble: string | undefined
  const draw = (): void => {
    const width = process.stdout.columns || usualWidth
    const height = process.stdout.rows || usualHeight
    const hasColors = process.stdout.hasColors()
    screen.draw(toPage(view, { order, width, height, hasColors, trouble }))
  }
  const onKey = (key: string): void => {
    if (key === interruptKey || key === 'q' || key === 'Q') return end()
    const [asked] = Object.entries(orders).find(([, known]) => known.key === key) ?? []
    if (asked !== undefined) order = asked as Order
    draw()
  }
  const screen = new Screen(process.stdout, process.stdin, { onKey, onResize: draw, onGone: end })
  for (const signal of endSignals) process.on(signal, end)
  screen.open()
  try {
    draw()
    while (!ending.signal.aborted) {
      // Rejects only by the end.
      await sleep(intervalMs, undefined, { signal: ending.signal }).catch(() => undefined)
      if (ending.signal.aborted) break
      try {
        const next = await untilAborted(client.ask(), ending.signal)
        if (!next) break
        view = toView(next, latest)
        latest = next
        trouble = undefined
      } catch (error) {
        trouble = toMessage(error)
      }
      draw()
    }
  } finally {
    screen.close()
    for (const signal of endSignals) process.off(signal, end)
  }
}
