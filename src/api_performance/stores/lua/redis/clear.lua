-- Deletes what was measured; which batches were applied and what was fenced off stays known.
-- KEYS[1]: the shard's prefix. ARGV: a new epoch, then the resolutions in seconds.
local prefix = KEYS[1]
for at = 2, #ARGV do
  for index, item in pairs({blocks = 'block', chunks = 'chunk'}) do
    local all = prefix .. index .. ':' .. ARGV[at]
    for _, start in ipairs(redis.call('ZRANGE', all, 0, -1)) do
      redis.call('DEL', prefix .. item .. ':' .. ARGV[at] .. ':' .. start)
    end
    redis.call('DEL', all)
  end
end
for _, name in ipairs({
  'batches', 'starts', 'ends', 'waiting', 'endpoints', 'series', 'totals', 'called',
}) do
  redis.call('DEL', prefix .. name)
end
redis.call('HSET', prefix .. 'catalogue', 'epoch', ARGV[1])
redis.call('HINCRBY', prefix .. 'head', 'generation', 1)
redis.call('HDEL', prefix .. 'head', 'dropped_for_size')
