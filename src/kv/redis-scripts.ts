/**
 * Lua that runs inside Redis, each script one atomic step and one round trip.
 *
 * Every script gets the index as `KEYS[1]`: a sorted set of all keys in which every score is 0, so that Redis orders
 * them by their bytes. Redis expires a value by itself and leaves its name in the index: `list` drops the names of
 * the values it misses, and each write those of its neighbours (counters of past windows lie right before it).
 *
 * The scripts name values from what stands in the index, beside those in `KEYS`. All names share one hash tag, and
 * with it one slot of a cluster.
 */

/** How many names before its own a write looks at: more than one, so that names go faster than they come. */
const SWEPT_PER_KEY = 2

/** So many values are read at a time: what the script holds in memory beyond its page. */
const READ_AT_ONCE = 100

/** @param index - where the names stand. A value is at `<index>/<name>`. */
const SWEEP = `
  local function forgetExpiredBefore(name)
    local before = redis.call('ZREVRANGEBYLEX', KEYS[1], '(' .. name, '-', 'LIMIT', 0, ${SWEPT_PER_KEY})
    for _, other in ipairs(before) do
      if redis.call('EXISTS', KEYS[1] .. '/' .. other) == 0 then redis.call('ZREM', KEYS[1], other) end
    end
  end
`

/**
 * KEYS: index, value. ARGV: name, JSON text, TTL in seconds ('0': none), '1' to write only if absent.
 *
 * @returns 1 when written, else 0.
 */
export const SET = `${SWEEP}
  local name, json, ttlSeconds, ifAbsent = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
  local options = {}
  if ttlSeconds ~= '0' then options = { 'EX', ttlSeconds } end
  if ifAbsent == '1' then options[#options + 1] = 'NX' end

  redis.call('ZADD', KEYS[1], 0, name)
  if not redis.call('SET', KEYS[2], json, unpack(options)) then return 0 end
  forgetExpiredBefore(name)
  return 1
`

/** KEYS: index, value. ARGV: name. */
export const DELETE = `
  redis.call('ZREM', KEYS[1], ARGV[1])
  return redis.call('DEL', KEYS[2])
`

/** What `INCREMENT` answers, followed by the name, when a value is no integer that JavaScript can hold. */
export const NO_INTEGER = 'NOINTEGER'

/**
 * KEYS: index, then each value. ARGV: TTL in seconds of counters that are new ('0': none), then name and step of each.
 *
 * Checks all before it adds to any. A step keeps the TTL, as INCRBY does.
 *
 * @returns the new values, in order.
 */
export const INCREMENT = `${SWEEP}
  local ttlSeconds = ARGV[1]
  local isNew, sums = {}, {}

  for i = 2, #KEYS do
    local held = redis.call('GET', KEYS[i])
    isNew[i] = not held
    if held and not (held:match('^-?%d+$') and math.abs(tonumber(held)) <= ${Number.MAX_SAFE_INTEGER}) then
      return redis.error_reply('${NO_INTEGER} ' .. ARGV[2 * i - 2])
    end
  end

  for i = 2, #KEYS do
    local name, step = ARGV[2 * i - 2], ARGV[2 * i - 1]
    sums[i - 1] = redis.call('INCRBY', KEYS[i], step)
    if isNew[i] then
      if ttlSeconds ~= '0' then redis.call('EXPIRE', KEYS[i], ttlSeconds) end
      redis.call('ZADD', KEYS[1], 0, name)
      forgetExpiredBefore(name)
    end
  end
  return sums
`

/**
 * KEYS: index. ARGV: first and last name as ZRANGEBYLEX takes them, most entries, most bytes of values (one entry
 * comes however large it is).
 *
 * @returns '1' when more follow, else '0'; then name and JSON text of each entry.
 */
export const LIST = `
  local from, to, limit, maxBytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  local page, found, bytes = { '0' }, 0, 0

  while true do
    local names = redis.call('ZRANGEBYLEX', KEYS[1], from, to, 'LIMIT', 0, math.min(limit - found + 1, ${READ_AT_ONCE}))
    if #names == 0 then return page end

    local keys = {}
    for i, name in ipairs(names) do keys[i] = KEYS[1] .. '/' .. name end
    local values = redis.call('MGET', unpack(keys))

    for i, name in ipairs(names) do
      local json = values[i]
      if not json then
        redis.call('ZREM', KEYS[1], name)
      else
        bytes = bytes + #json
        if found == limit or (found > 0 and bytes > maxBytes) then
          page[1] = '1'
          return page
        end
        found = found + 1
        page[2 * found], page[2 * found + 1] = name, json
      end
    end
    from = '(' .. names[#names]
  end
`
