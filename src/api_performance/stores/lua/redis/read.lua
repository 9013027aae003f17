-- Returns what answers one query, in one view: {epoch, state, batches, {blocks, chunks}, ...}.
-- Of batches that wait to be folded the names alone: who read before has most of them.
-- KEYS[1]: the shard's prefix.
-- ARGV: 'waiting' or 'all' batches, their start and end, instances as JSON (none: all), numbers of
-- series as JSON (none: all), then for each resolution: seconds, first and last block, first and
-- last chunk, all as ZRANGEBYSCORE takes them.
local prefix = KEYS[1]
local numbers = cjson.decode(ARGV[5])

local function named(list)
  local names = {}
  for _, name in ipairs(list) do
    names[name] = true
  end
  return names
end

local function batch_ids()
  local found, wanted = {}, cjson.decode(ARGV[4])
  local names, is_any = named(wanted), #wanted == 0
  for _, batch in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'ends', ARGV[2], '+inf')) do
    local starts_at = tonumber(redis.call('ZSCORE', prefix .. 'starts', batch))
    if starts_at < tonumber(ARGV[3]) and (is_any or names[batch:match('^(.*)/')]) then
      table.insert(found, batch)
    end
  end
  return found
end

local function batches()
  if ARGV[1] == 'waiting' then
    return redis.call('ZRANGE', prefix .. 'waiting', 0, -1)
  end
  local found = {}
  for _, batch in ipairs(batch_ids()) do
    table.insert(found, redis.call('HGET', prefix .. 'batches', batch))
  end
  return found
end

local function blocks(step, first, last)
  local found = {}
  for _, start in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'blocks:' .. step, first, last)) do
    local block = redis.call('GET', prefix .. 'block:' .. step .. ':' .. start)
    if block then
      table.insert(found, start)
      table.insert(found, block)
    end
  end
  return found
end

local function chunks_of(key)
  if #numbers == 0 then
    return redis.call('HGETALL', key)
  end
  local found = {}
  for _, number in ipairs(numbers) do
    local chunk = redis.call('HGET', key, number)
    if chunk then
      table.insert(found, tostring(number))
      table.insert(found, chunk)
    end
  end
  return found
end

local function chunks(step, first, last)
  local found = {}
  for _, span in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'chunks:' .. step, first, last)) do
    table.insert(found, span)
    table.insert(found, chunks_of(prefix .. 'chunk:' .. step .. ':' .. span))
  end
  return found
end

local known = redis.call('HMGET', prefix .. 'catalogue', 'epoch', 'state')
local answer = {known[1] or '', known[2] or '0', batches()}
for at = 6, #ARGV, 5 do
  local step = ARGV[at]
  table.insert(answer, {
    blocks(step, ARGV[at + 1], ARGV[at + 2]),
    chunks(step, ARGV[at + 3], ARGV[at + 4]),
  })
end
return answer
