-- Takes or renews a lease by the rule of leases.py, by the server's own clock.
-- KEYS[1]: the lease. ARGV: holder, seconds; of a simulation, its time in seconds.
-- Returns its fencing number, or nil while another holds it. The number is never less than the
-- server's own time in milliseconds, so that a server restarted empty does not go back.
local holder, seconds = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local milliseconds = time[1] * 1000 + math.floor(time[2] / 1000)
local now = tonumber(ARGV[3] or milliseconds / 1000)
local known = redis.call('HMGET', KEYS[1], 'holder', 'fencing', 'expires_at')
local fencing = tonumber(known[2] or '0')
local is_over = not known[1] or now >= tonumber(known[3])
if known[1] ~= holder or is_over then
  if not is_over then
    return nil
  end
  fencing = math.max(milliseconds, fencing + 1)
end
local text = string.format('%.0f', fencing)
local expires_at = string.format('%.17g', now + seconds)
redis.call('HSET', KEYS[1], 'holder', holder, 'fencing', text, 'expires_at', expires_at)
return text
