-- Returns what a shard knows, in one view: {epoch, state, endpoints, series}, the last two as
-- names and values in turn.
-- KEYS[1]: the shard's prefix.
local prefix = KEYS[1]
local known = redis.call('HMGET', prefix .. 'catalogue', 'epoch', 'state')
return {
  known[1] or '', known[2] or '0',
  redis.call('HGETALL', prefix .. 'endpoints'), redis.call('HGETALL', prefix .. 'series'),
}
