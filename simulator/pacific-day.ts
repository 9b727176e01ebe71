const PACIFIC = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/Los_Angeles',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** The calendar day in America/Los_Angeles, `2026-11-21`: daily quotas are counted by it. */
export function pacificDay(now: number): string {
  return PACIFIC.format(now)
}

const MINUTE_MS = 60_000
const LONGEST_DAY_MS = 25 * 60 * MINUTE_MS

/**
 * The next midnight in America/Los_Angeles, in Unix ms.
 *
 * Found by halving the span in which the calendar day changes, so that it knows nothing of offsets or of the days with
 * 23 and 25 hours: the judge of implementations that do.
 */
export function nextPacificMidnight(now: number): number {
  const today = pacificDay(now)
  let before = Math.floor(now / MINUTE_MS)
  let after = before + LONGEST_DAY_MS / MINUTE_MS
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (pacificDay(middle * MINUTE_MS) === today) before = middle
    else after = middle
  }
  return after * MINUTE_MS
}
