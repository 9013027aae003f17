-- Returns the bytes of memory that a shard takes.
-- KEYS[1]: the shard's prefix. ARGV: the resolutions in seconds.
local prefix, bytes = KEYS[1], 0
local function add(name)
  bytes = bytes + (redis.call('MEMORY', 'USAGE', prefix .. name) or 0)
end
for _, name in ipairs({
  'batches', 'starts', 'ends', 'waiting', 'endpoints', 'series', 'totals', 'called',
}) do
  add(name)
end
for _, step in ipairs(ARGV) do
  for index, item in pairs({blocks = 'block', chunks = 'chunk'}) do
    for _, start in ipairs(redis.call('ZRANGE', prefix .. index .. ':' .. step, 0, -1)) do
      add(item .. ':' .. step .. ':' .. start)
    end
  end
end
return bytes
