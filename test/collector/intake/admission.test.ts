import { test } from 'tap'
import { Admission } from '../../../lib/collector/intake/admission.ts'

const mebi = 1024 * 1024

/** Takes batches of `bytes` from a sender until one isn't admitted. @returns what was taken, in MiB */
function fill(admission: Admission, senderId: string, bytes: number): number {
  let taken = 0
  while (admission.admits(senderId, bytes)) {
    admission.add(senderId, bytes)
    taken += bytes
  }
  return taken / mebi
}

test('a sender has a window, and gets it back as what it sent is committed', async t => {
  const admission = new Admission()
  t.equal(fill(admission, 'a', mebi), 16)
  for (let count = 0; count < 3; count++) admission.remove('a', mebi)
  t.equal(fill(admission, 'a', mebi), 3)
})

test('a sender of which nothing waits may send one batch of any size', async t => {
  const admission = new Admission()
  t.ok(admission.admits('a', 64 * mebi))
  admission.add('a', 64 * mebi)
  t.notOk(admission.admits('a', 1))
  admission.remove('a', 64 * mebi)
  t.ok(admission.admits('a', 64 * mebi))
})

test('many senders whose log is blocked leave room for one whose log is not', async t => {
  for (const blocked of [5, 50, 150]) {
    const admission = new Admission()
    let taken = 0
    for (let id = 0; id < blocked; id++) taken += fill(admission, `blocked-${id}`, mebi / 8)
    t.ok(taken <= 96)
    t.ok(admission.admits('other', mebi / 4), `${taken} MiB of ${blocked} senders`)
  }
})

test('all senders together have a limit', async t => {
  const admission = new Admission()
  let taken = 0
  for (let id = 0; id < 5000; id++) taken += fill(admission, `${id}`, mebi / 4)
  t.equal(taken, 96)
})

test('what is written as longer text counts as long as that', async t => {
  const admission = new Admission()
  t.ok(admission.admits('a', mebi, 95 * mebi))
  t.notOk(admission.admits('a', mebi, 96 * mebi))
})

test('batches of a few bytes count as what they cost', async t => {
  const admission = new Admission()
  const take = (senderId: string): number => Math.round(fill(admission, senderId, 1) * mebi)
  t.equal(take('a'), 4096)
  let taken = 4096
  for (let id = 0; id < 100_000; id++) taken += take(`${id}`)
  t.equal(taken, 65_536)
  t.notOk(admission.admits('other', 1))
  admission.remove('a', 1)
  t.ok(admission.admits('other', 1), 'the first one of a sender')
  t.notOk(admission.admits('a', 1))
})
