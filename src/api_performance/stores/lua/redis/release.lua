-- Ends a lease, if it is still this holder's. KEYS[1]: the lease. ARGV: holder, fencing number.
local known = redis.call('HMGET', KEYS[1], 'holder', 'fencing')
if known[1] == ARGV[1] and known[2] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'expires_at', '0')
end
