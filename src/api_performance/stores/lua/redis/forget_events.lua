-- Deletes the events before an instant, at most a thousand of them at once.
-- KEYS[1]: the registry's prefix. ARGV[1]: the instant.
-- Returns how many were deleted.
local prefix = KEYS[1]
local old = redis.call(
  'ZRANGEBYSCORE', prefix .. 'events', '-inf', '(' .. ARGV[1], 'LIMIT', 0, 1000
)
for _, text in ipairs(old) do
  local event = cjson.decode(text)
  local latest = prefix .. 'latest:' .. event.kind
  if redis.call('HGET', latest, event.subject) == text then
    redis.call('HDEL', latest, event.subject)
  end
  redis.call('ZREM', prefix .. 'events', text)
end
return #old
