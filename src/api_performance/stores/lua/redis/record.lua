-- Appends an event, if whoever acts was not followed by another.
-- KEYS[1]: the registry's prefix. ARGV: instant, kind and subject, event as JSON without an id; of
-- an act, the name of the lease and its fencing number.
-- Returns the event's id, or nil if a higher fencing number was handed out.
local prefix = KEYS[1]
local at, kind, subject, event, lease, fencing = unpack(ARGV)
if lease then
  local known = redis.call('HGET', prefix .. 'lease:' .. lease, 'fencing')
  if known and tonumber(known) > tonumber(fencing) then
    return nil
  end
end
local id = redis.call('INCR', prefix .. 'last_event')
local text = event:sub(1, -2) .. ', "id": ' .. id .. '}'
redis.call('ZADD', prefix .. 'events', at, text)
redis.call('SADD', prefix .. 'event_kinds', kind)
redis.call('HSET', prefix .. 'latest:' .. kind, subject, text)
return id
