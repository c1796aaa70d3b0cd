/**
 * Measures rivals in turns, in `rounds` rounds after one that isn't counted.
 * @param measure returns undefined where a line is missing: the run is void
 * @param uncounted how many aren't counted: 0 where each run is long enough to warm up
 * @returns the runs that count, by rival
 */
export async function takeTurns<Rival, Run>(
  rivals: Iterable<Rival>,
  rounds: number,
  measure: (rival: Rival) => Promise<Run | undefined>,
  uncounted = 1
): Promise<Map<Rival, Run[]>> {
  const runs = new Map([...rivals].map(rival => [rival, [] as Run[]]))
  for (let round = 0; round < uncounted + rounds; round++) {
    for (const [rival, list] of runs) {
      const run = await measure(rival)
      if (run !== undefined && round >= uncounted) list.push(run)
    }
  }
  return runs
}
