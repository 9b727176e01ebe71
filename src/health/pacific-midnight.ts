import { DAY, HOUR, type Millis } from '../lib/time.ts'

/**
 * The next midnight in America/Los_Angeles, when Google's requests-per-day quotas start anew.
 *
 * @param now - Unix time.
 * @returns Unix time, later than `now` by 25 hours at most; at midnight itself it is the one after.
 * @source https://ai.google.dev/gemini-api/docs/rate-limits: RPD quotas reset at midnight Pacific time
 */
export function nextPacificMidnight(now: Millis): Millis {
  // Right but on the two days a year that daylight saving makes 23 or 25 hours long, and there an hour off. The
  // clock moves at 02:00, so from an hour beside midnight the way back to it is plain again.
  const guess = now + DAY - sincePacificMidnight(now)
  const past = sincePacificMidnight(guess)
  return past < DAY / 2 ? guess - past : guess + DAY - past
}

/** What a clock on the wall shows, as a duration. Pacific time is whole hours from UTC, so only the hour is asked. */
function sincePacificMidnight(now: Millis): Millis {
  pacificHour ??= new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hour: 'numeric',
    hourCycle: 'h23',
  })
  return Number(pacificHour.format(now)) * HOUR + (now % HOUR)
}

/** Made at first use: it is slow to make, and a Worker should do nothing at import. */
let pacificHour: Intl.DateTimeFormat | undefined
