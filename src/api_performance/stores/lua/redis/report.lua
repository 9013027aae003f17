-- Notes a batch as applied, and what its process says of itself, once.
-- KEYS[1]: the registry's prefix. ARGV: batch, instance, sequence, end, seen at, state.
-- Returns the new revision, which it also tells who listens; 0 if it was applied before.
local prefix = KEYS[1]
local batch, instance, sequence, ends_at, seen_at, state = unpack(ARGV)
if redis.call('ZSCORE', prefix .. 'applied', batch) then
  return 0
end
local forgotten = redis.call('HGET', prefix .. 'forgotten', instance)
if forgotten and tonumber(sequence) <= tonumber(forgotten) then
  return 0
end
redis.call('ZADD', prefix .. 'applied', ends_at, batch)
local known = redis.call('ZSCORE', prefix .. 'seen', instance)
if not known or tonumber(known) <= tonumber(seen_at) then
  redis.call('ZADD', prefix .. 'seen', seen_at, instance)
  redis.call('HSET', prefix .. 'instances', instance, state)
end
local revision = redis.call('INCR', prefix .. 'revision')
redis.call('PUBLISH', prefix .. 'news', revision)
return revision
