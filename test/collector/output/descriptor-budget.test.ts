import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { DescriptorBudget } from '../../../lib/collector/output/descriptor-budget.ts'
import { OpenFiles, type Holder } from '../../../lib/collector/output/open-files.ts'
import { holdPauses } from '../../helpers/pauses.ts'

/** A budget of two outputs with idle files, each of which takes a descriptor of a process with so many. */
async function makeBudget(limit: number | undefined, others: number) {
  const reports: (number | undefined)[] = []
  const closed: number[] = []
  let open = others
  const outputs = [new OpenFiles(100), new OpenFiles(100)]
  const budget = new DescriptorBudget({
    limit,
    count: () => open,
    onExhausted: known => reports.push(known)
  })
  for (const files of outputs) budget.add(files)
  for (const [index, usedAt] of [5, 1, 4, 2, 3].entries()) {
    open++
    const holder: Holder = {
      isBusy: false,
      isStuck: false,
      usedAt,
      async closeFile() {
        closed.push(usedAt)
        open--
      }
    }
    await outputs[index % 2]?.admit(holder)
  }
  return { budget, outputs, closed, reports }
}

const shares: [limit: number | undefined, open: number, wanted: number[], shared: number[]][] = [
  [undefined, 30, [256, 1], [256, 1]],
  [65_536, 30, [256, 1], [256, 1]],
  [1024, 30, [256, 256, 256], [165, 165, 165]],
  [64, 30, [256, 1], [16, 1]],
  [64, 30, [10, 5], [10, 5]],
  [20, 30, [256, 256], [1, 1]]
]

for (const [limit, open, wanted, shared] of shares) {
  test(`of ${limit} descriptors, ${open} in use, logs that want ${wanted.join('+')} get ${shared.join('+')}`, async t => {
    const budget = new DescriptorBudget({ limit, count: () => open, onExhausted: () => t.fail() })
    t.equal(budget.limit, limit)
    t.strictSame(budget.share(wanted), shared)
    budget.close()
  })
}

test('the file that was unused for longest is closed, whichever output it is of', async t => {
  const { budget, outputs, closed, reports } = await makeBudget(undefined, 0)
  for (let count = 0; count < 3; count++) t.equal(await budget.closeIdle(), true)
  t.strictSame(closed, [1, 2, 3])
  if (outputs[0]) budget.remove(outputs[0])
  t.equal(await budget.closeIdle(), false, 'the others are not of its outputs any more')
  t.strictSame(reports, [undefined])
})

test('some descriptors are kept free for apps, which can not ask for them', async t => {
  const endPause = holdPauses(t)
  const { budget, closed, reports } = await makeBudget(100, 90)
  endPause()
  while (closed.length < 3) await setImmediate()
  t.strictSame(closed, [1, 2, 3])
  await budget.keepSomeFree()
  t.strictSame([closed.length, reports], [3, []])
  budget.close()
})

test('where apps take all descriptors, that is reported with the limit', async t => {
  const { budget, closed, reports } = await makeBudget(100, 100)
  await budget.keepSomeFree()
  t.strictSame([closed.length, reports], [5, [100]])
  budget.close()
})
