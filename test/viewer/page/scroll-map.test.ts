import { test } from 'tap'
import { maxHeightPx, ScrollMap } from '../../../lib/viewer/page/model/scroll-map.ts'

const viewPx = 800

function create(contentPx: number): ScrollMap {
  const map = new ScrollMap()
  map.resize(contentPx, viewPx)
  return map
}

test('a short list is scrolled px by px', async t => {
  const map = create(100_000)
  t.equal(map.heightPx, 100_000)
  for (const px of [0, 1, 5000, 70_000, 99_200]) {
    map.scrollTo(px)
    t.ok(Math.abs(map.topPx - px) < 1e-6, `${px}`)
  }
  t.ok(map.isAtEnd)
})

test('a list of a million rows is no higher than browsers can show', async t => {
  const map = create(22_000_000)
  t.equal(map.heightPx, maxHeightPx)
  map.scrollTo(maxHeightPx / 2)
  t.ok(Math.abs(map.topPx - 11_000_000) < 1000, 'a jump goes to the same share of the list')
  const before = map.topPx
  map.scrollTo(map.scrollPx + 100)
  t.equal(map.topPx, before + 100, 'the wheel moves rows by its own px')
})

test('the scroll bar is put right without moving a row, and both ends are reached', async t => {
  const map = create(22_000_000)
  map.moveTo(21_990_000)
  for (let step = 0; step < 200; step++) {
    map.scrollTo(map.scrollPx + 50)
    const { topPx } = map
    map.moveTo(topPx)
    t.equal(map.topPx, topPx)
  }
  t.ok(map.isAtEnd)
  map.scrollTo(0)
  t.equal(map.topPx, 0)
  map.scrollTo(maxHeightPx - viewPx)
  t.ok(map.isAtEnd)
})

test('rows that are added above do not move those in view', async t => {
  const map = create(100_000)
  map.moveTo(50_000)
  map.shift(220)
  t.equal(map.topPx, 50_220)
  map.resize(100_220, viewPx)
  t.equal(map.topPx, 50_220)
})

test('a list that fits into the view has nothing to scroll', async t => {
  const map = create(100)
  map.moveTo(1000)
  t.equal(map.topPx, 0)
  t.equal(map.scrollPx, 0)
  t.ok(map.isAtEnd)
})
