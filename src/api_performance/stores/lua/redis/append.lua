-- Keeps the windows of one batch that belong to one shard, once.
-- KEYS[1]: the shard's prefix.
-- ARGV: epoch, batch, instance, sequence, start, end, block, seconds to live.
-- Returns 1 if kept, 0 if it was there, -1 if series have other numbers by now.
local prefix = KEYS[1]
local epoch, batch, instance, sequence, starts_at, ends_at, block, lifetime = unpack(ARGV)
if redis.call('ZSCORE', prefix .. 'ends', batch) then
  return 0
end
local forgotten = redis.call('HGET', prefix .. 'forgotten', instance)
if forgotten and tonumber(sequence) <= tonumber(forgotten) then
  return 0
end
if redis.call('HGET', prefix .. 'catalogue', 'epoch') ~= epoch then
  return -1
end
redis.call('HSET', prefix .. 'batches', batch, block)
redis.call('ZADD', prefix .. 'starts', starts_at, batch)
redis.call('ZADD', prefix .. 'ends', ends_at, batch)
redis.call('ZADD', prefix .. 'waiting', ends_at, batch)
for _, name in ipairs({
  'batches', 'starts', 'ends', 'waiting', 'catalogue', 'endpoints', 'series',
}) do
  redis.call('EXPIRE', prefix .. name, lifetime)
end
return 1
