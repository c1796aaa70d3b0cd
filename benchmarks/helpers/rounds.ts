/**
 * Measures rivals by turns, in so many rounds after one that isn't counted.
 * @param measure undefined where a line is missing: the run is void
 */
export async function takeTurns<Rival, Run>(
  rivals: Iterable<Rival>,
  rounds: number,
  measure: (rival: Rival) => Promise<Run | undefined>
): Promise<Map<Rival, Run[]>> {
  const runs = new Map([...rivals].map(rival => [rival, [] as Run[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const [rival, list] of runs) {
      const run = await measure(rival)
      if (run !== undefined && round > 0) list.push(run)
    }
  }
  return runs
}
