-- Returns, in one view, when endpoints were called last as far as that was folded, and the names of
-- the batches that were not: {epoch, state, waiting batches, last calls as names and values}.
-- KEYS[1]: the shard's prefix.
local prefix = KEYS[1]
local known = redis.call('HMGET', prefix .. 'catalogue', 'epoch', 'state')
return {
  known[1] or '', known[2] or '0',
  redis.call('ZRANGE', prefix .. 'waiting', 0, -1), redis.call('HGETALL', prefix .. 'called'),
}
