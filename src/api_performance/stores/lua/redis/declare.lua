-- Makes endpoints and series known; a series that is new gets the next number.
-- KEYS[1]: the shard's prefix.
-- ARGV: an epoch for a shard without one; endpoints as JSON, [[id, text], ...]; series as JSON.
local prefix = KEYS[1]
local catalogue, endpoints, series = prefix .. 'catalogue', prefix .. 'endpoints', prefix .. 'series'
local is_changed = redis.call('HSETNX', catalogue, 'epoch', ARGV[1]) == 1
for _, endpoint in ipairs(cjson.decode(ARGV[2])) do
  if redis.call('HGET', endpoints, endpoint[1]) ~= endpoint[2] then
    redis.call('HSET', endpoints, endpoint[1], endpoint[2])
    is_changed = true
  end
end
for _, name in ipairs(cjson.decode(ARGV[3])) do
  if redis.call('HSETNX', series, name, redis.call('HLEN', series) + 1) == 1 then
    is_changed = true
  end
end
if is_changed then
  redis.call('HINCRBY', catalogue, 'state', 1)
end
