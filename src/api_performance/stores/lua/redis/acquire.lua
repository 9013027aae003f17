-- Takes or renews a lease by the rule of leases.py.
-- KEYS[1]: the lease. ARGV: holder, now, end.
-- Returns its fencing number, or nil while another holds it. The number is never less than the
-- server's own time in milliseconds, so that a server restarted empty does not go back.
local holder, now, expires_at = unpack(ARGV)
local known = redis.call('HMGET', KEYS[1], 'holder', 'fencing', 'expires_at')
local fencing = tonumber(known[2] or '0')
if known[1] ~= holder then
  if known[1] and tonumber(now) < tonumber(known[3]) then
    return nil
  end
  local time = redis.call('TIME')
  fencing = math.max(time[1] * 1000 + math.floor(time[2] / 1000), fencing + 1)
end
local text = string.format('%.0f', fencing)
redis.call('HSET', KEYS[1], 'holder', holder, 'fencing', text, 'expires_at', expires_at)
return text
