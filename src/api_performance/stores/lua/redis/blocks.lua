-- Returns the blocks of some batches: {epoch, block, ...}; less of them if some are gone.
-- KEYS[1]: the shard's prefix. ARGV: the names of the batches.
local prefix = KEYS[1]
local found = {redis.call('HGET', prefix .. 'catalogue', 'epoch') or ''}
for _, batch in ipairs(ARGV) do
  local block = redis.call('HGET', prefix .. 'batches', batch)
  if block then
    table.insert(found, block)
  end
end
return found
