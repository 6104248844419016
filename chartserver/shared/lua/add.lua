-- Add ticks that a process holds and Redis does not, after it has lost some or all.
-- ARGV: the epoch in which they were, the next one, the offset after which they come, their last
-- time, run of this Redis, ms to wait, then runs.

local state = redis.call('HMGET', meta, 'epoch', 'offset', 'came_from', 'closed_until')
if not state[1] then
    return {'lost'}
end
local is_first = state[1] == ARGV[1]
if not is_first and state[3] ~= ARGV[1] then
    return {'other'}
end
if not is_first and tonumber(state[4] or 0) <= now_ms then
    return {'closed'}
end
if state[2] ~= ARGV[3] then
    return {'again', state[2]}
end
if is_first then
    redis.call('HSET', meta, 'epoch', ARGV[2], 'came_from', ARGV[1], 'run', ARGV[5],
        'closed_until', whole(now_ms + tonumber(ARGV[6])))
end
local offset = add_ticks(log, 7, tonumber(ARGV[3]), 0)
redis.call('HSET', meta, 'came_at', whole(offset))
if #ARGV > 6 then
    redis.call('HSET', meta, 'offset', whole(offset), 'last_ms', ARGV[4], 'seq', 0)
end
return {'kept', whole(offset)}
