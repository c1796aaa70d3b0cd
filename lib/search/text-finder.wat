;; Finds a text in bytes, 64 of them at a time: see text-finder.ts.
;; `npm run wasm` makes text-finder.wasm from this file.
(module
  (memory (export "memory") 22)

  ;; The first place from $at on where the text is, completely before $end; -1 = nowhere.
  ;; A place is compared with the whole text only where two of its bytes fit: $rare1 and $rare2 are their offsets in it.
  ;; Reads up to 64 bytes and the length of the text behind $end.
  (func $find (export "find")
    (param $at i32) (param $end i32) (param $text i32) (param $length i32) (param $rare1 i32) (param $rare2 i32)
    (result i32)
    (local $byte1 v128) (local $byte2 v128) (local $from1 i32) (local $from2 i32)
    (local $fits0 v128) (local $fits1 v128) (local $fits2 v128) (local $fits3 v128)
    (local $places i64) (local $place i32) (local $index i32)
    (local.set $byte1 (i8x16.splat (i32.load8_u (i32.add (local.get $text) (local.get $rare1)))))
    (local.set $byte2 (i8x16.splat (i32.load8_u (i32.add (local.get $text) (local.get $rare2)))))
    (block $nowhere
      (loop $step
        (br_if $nowhere (i32.gt_u (i32.add (local.get $at) (local.get $length)) (local.get $end)))
        (local.set $from1 (i32.add (local.get $at) (local.get $rare1)))
        (local.set $from2 (i32.add (local.get $at) (local.get $rare2)))
        (local.set $fits0 (v128.and
          (i8x16.eq (v128.load (local.get $from1)) (local.get $byte1))
          (i8x16.eq (v128.load (local.get $from2)) (local.get $byte2))))
        (local.set $fits1 (v128.and
          (i8x16.eq (v128.load offset=16 (local.get $from1)) (local.get $byte1))
          (i8x16.eq (v128.load offset=16 (local.get $from2)) (local.get $byte2))))
        (local.set $fits2 (v128.and
          (i8x16.eq (v128.load offset=32 (local.get $from1)) (local.get $byte1))
          (i8x16.eq (v128.load offset=32 (local.get $from2)) (local.get $byte2))))
        (local.set $fits3 (v128.and
          (i8x16.eq (v128.load offset=48 (local.get $from1)) (local.get $byte1))
          (i8x16.eq (v128.load offset=48 (local.get $from2)) (local.get $byte2))))
        (if (v128.any_true (v128.or
              (v128.or (local.get $fits0) (local.get $fits1))
              (v128.or (local.get $fits2) (local.get $fits3))))
          (then
            ;; one bit for each of the 64 places
            (local.set $places (i64.or
              (i64.extend_i32_u (i32.or
                (i8x16.bitmask (local.get $fits0))
                (i32.shl (i8x16.bitmask (local.get $fits1)) (i32.const 16))))
              (i64.shl
                (i64.extend_i32_u (i32.or
                  (i8x16.bitmask (local.get $fits2))
                  (i32.shl (i8x16.bitmask (local.get $fits3)) (i32.const 16))))
                (i64.const 32))))
            (loop $next
              (local.set $place (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $places)))))
              (br_if $nowhere (i32.gt_u (i32.add (local.get $place) (local.get $length)) (local.get $end)))
              (local.set $index (i32.const 0))
              (block $differs
                (loop $compare
                  (br_if $differs (i32.ne
                    (i32.load8_u (i32.add (local.get $place) (local.get $index)))
                    (i32.load8_u (i32.add (local.get $text) (local.get $index)))))
                  (local.set $index (i32.add (local.get $index) (i32.const 1)))
                  (br_if $compare (i32.lt_u (local.get $index) (local.get $length))))
                (return (local.get $place)))
              ;; without the lowest bit
              (local.set $places (i64.and (local.get $places) (i64.sub (local.get $places) (i64.const 1))))
              (br_if $next (i64.ne (local.get $places) (i64.const 0))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $step)))
    (i32.const -1))

  ;; The end of the line that has the byte $at, behind its newline; at most $end.
  (func $lineEnd (param $at i32) (param $end i32) (result i32)
    (local $found i32)
    (loop $step
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $end))))
      (local.set $found (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
      (if (i32.eqz (local.get $found))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $step))))
    (local.set $at (i32.add (i32.add (local.get $at) (i32.ctz (local.get $found))) (i32.const 1)))
    (select (local.get $at) (local.get $end) (i32.lt_u (local.get $at) (local.get $end))))

  ;; The start of the line that has the byte $at; at least $least, which is 16 or more.
  (func $lineStart (param $at i32) (param $least i32) (result i32)
    (local $found i32)
    (loop $step
      (if (i32.le_u (local.get $at) (local.get $least)) (then (return (local.get $least))))
      (local.set $at (i32.sub (local.get $at) (i32.const 16)))
      (local.set $found (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
      (br_if $step (i32.eqz (local.get $found))))
    (local.set $at (i32.add (local.get $at) (i32.sub (i32.const 32) (i32.clz (local.get $found)))))
    (select (local.get $at) (local.get $least) (i32.gt_u (local.get $at) (local.get $least))))

  ;; Writes the start and the end of each line with the text to $lines, two numbers of 32 bits each.
  ;; $at is the start of a line. The text has no newline. Returns how many lines were written, at most $max.
  (func (export "findLines")
    (param $at i32) (param $end i32) (param $text i32) (param $length i32) (param $rare1 i32) (param $rare2 i32)
    (param $lines i32) (param $max i32)
    (result i32)
    (local $place i32) (local $count i32)
    (block $done
      (loop $step
        (br_if $done (i32.ge_u (local.get $count) (local.get $max)))
        (local.set $place (call $find
          (local.get $at) (local.get $end) (local.get $text) (local.get $length) (local.get $rare1) (local.get $rare2)))
        (br_if $done (i32.lt_s (local.get $place) (i32.const 0)))
        (i32.store (local.get $lines) (call $lineStart (local.get $place) (local.get $at)))
        (local.set $at (call $lineEnd (local.get $place) (local.get $end)))
        (i32.store offset=4 (local.get $lines) (local.get $at))
        (local.set $lines (i32.add (local.get $lines) (i32.const 8)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $step)))
    (local.get $count)))
