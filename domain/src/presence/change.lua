-- Changes one client of one ticket, tells the others if they see a difference, and returns Redis's
-- time in milliseconds with the ticket's whole hash.
--
-- A value is `HOLDER SINCE VIEWING_UNTIL TYPING_UNTIL`, in milliseconds of Redis's clock. HOLDER names
-- the open stream that removes the client when it ends, `-` without one. SINCE 0: the client has an
-- open stream and does not want to be seen.
local key = KEYS[1]
local channel, ticket, field, deed, holder = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local viewing_ms, typing_ms, most = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function decode(text)
  local holder, since, viewing, typing = string.match(text, '^(%S+) (%d+) (%d+) (%d+)$')
  if not holder or tonumber(viewing) <= now then return nil end
  return { holder = holder, since = tonumber(since), typing = tonumber(typing) }
end

local function shown(client)
  if not client or client.since == 0 then return 'gone' end
  if client.typing > now then return 'typing' end
  return 'viewing'
end

local old
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local client = decode(all[i + 1])
  if not client then
    redis.call('HDEL', key, all[i])
  elseif all[i] == field then
    old = client
  end
end

local before = shown(old)
local new = old
if deed == 'close' then
  -- The client may have opened another stream, here or elsewhere, which holds it now.
  if old and old.holder == holder then new = nil end
elseif deed == 'leave' then
  new = nil
  if old and old.holder ~= '-' then new = { holder = old.holder, since = 0, typing = 0 } end
elseif deed ~= 'renew' or not old then
  new = new or { holder = '-', since = 0, typing = 0 }
  if new.since == 0 then new.since = now end
  if holder ~= '-' then new.holder = holder end
  if deed == 'type' then new.typing = now + typing_ms end
  if deed == 'view' and holder == '-' then new.typing = 0 end
end

if new and not old and redis.call('HLEN', key) >= most then new = nil end
if new then
  local value = string.format('%s %.0f %.0f %.0f', new.holder, new.since, now + viewing_ms, new.typing)
  redis.call('HSET', key, field, value)
  redis.call('PEXPIRE', key, viewing_ms)
elseif old then
  redis.call('HDEL', key, field)
end
if shown(new) ~= before then redis.call('PUBLISH', channel, ticket) end
return { string.format('%.0f', now), redis.call('HGETALL', key) }
