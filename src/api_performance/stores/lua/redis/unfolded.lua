-- Returns, in one view, what was folded for good and what was not folded yet:
-- {epoch, state, blocks of totals, waiting batches}.
-- KEYS[1]: the shard's prefix. ARGV: a host, or '' for all.
local prefix, host = KEYS[1], ARGV[1]
local totals, waiting = {}, {}
if host == '' then
  totals = redis.call('HVALS', prefix .. 'totals')
else
  local block = redis.call('HGET', prefix .. 'totals', host)
  if block then
    table.insert(totals, block)
  end
end
for _, batch in ipairs(redis.call('ZRANGE', prefix .. 'waiting', 0, -1)) do
  if host == '' or batch:match('^(.*)%-%d+%-%x+/%d+$') == host then
    table.insert(waiting, redis.call('HGET', prefix .. 'batches', batch))
  end
end
local known = redis.call('HMGET', prefix .. 'catalogue', 'epoch', 'state')
return {known[1] or '', known[2] or '0', totals, waiting}
