-- Does what was computed from a generation of a shard: all of it, or nothing.
-- KEYS[1]: the shard's prefix.
-- ARGV: the fence's field, fencing number, generation, then commands, each as the number of its
-- words and these.
-- Returns 1, or 0 if folded data changed meanwhile, or somebody with a higher number wrote.
local head = KEYS[1] .. 'head'
local fence, fencing, generation = unpack(ARGV)
local known = redis.call('HMGET', head, 'generation', fence)
if (known[1] or '0') ~= generation or tonumber(known[2] or '0') > tonumber(fencing) then
  return 0
end
local at = 4
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
redis.call('HINCRBY', head, 'generation', 1)
redis.call('HSET', head, fence, fencing)
return 1
