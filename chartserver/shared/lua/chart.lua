-- Stands before each of the other scripts: the keys of a chart, and what all of them do with it.
--
-- A log has an entry for each run of ticks, <offset of its last tick>-0, and for all else that is
-- told in the order of the log, <offset>-<number from 1>. What is refused has changed nothing.

local log, meta, push_keys, push_times, writers, notes, lease =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]

-- Entries that are not ticks, of one offset: the oldest go, for the log is trimmed by offsets.
local TOLD_MAX = 200
local WRITERS_MAX = 1000
local KEYS_MAX, KEYS_MS, KEYS_AT_ONCE = 10000, 86400000, 100

local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Whole numbers as they are: tostring would make 1e+15 of a large one.
local function whole(number)
    return string.format('%.0f', number)
end

local function tell(kind, content)
    local state = redis.call('HMGET', meta, 'epoch', 'offset')
    local number = redis.call('HINCRBY', meta, 'seq', 1)
    redis.call('XADD', log, state[2] .. '-' .. whole(number),
        'x', kind, 'c', content, 'e', state[1])
    if number > TOLD_MAX then
        redis.call('XDEL', log, state[2] .. '-' .. whole(number - TOLD_MAX))
    end
end

-- Add runs of ticks, from ARGV[at] on, each as its number of ticks and its bytes; return the offset.
local function add_ticks(key, at, offset, minid, ...)
    while at < #ARGV do
        offset = offset + tonumber(ARGV[at])
        if at + 2 > #ARGV then
            redis.call('XADD', key, 'MINID', '~', whole(minid), whole(offset) .. '-0',
                'd', ARGV[at + 1], ...)
        else
            redis.call('XADD', key, whole(offset) .. '-0', 'd', ARGV[at + 1])
        end
        at = at + 2
    end
    return offset
end

local function put_key(digest, offset, n, n_kept, at_ms)
    local name, content = string.match(digest, '^([^/]*)/?(.*)$')
    redis.call('HSET', push_keys, name, offset .. ' ' .. n .. ' ' .. n_kept .. ' ' .. content)
    redis.call('ZADD', push_times, whole(at_ms), name)
end

local function forget_keys()
    local too_many = redis.call('ZCARD', push_times) - KEYS_MAX
    local old = redis.call('ZRANGEBYSCORE', push_times, '-inf', whole(now_ms - KEYS_MS),
        'LIMIT', 0, KEYS_AT_ONCE)
    if #old == 0 and too_many > 0 then
        old = redis.call('ZRANGE', push_times, 0, math.min(too_many, KEYS_AT_ONCE) - 1)
    end
    for _, name in ipairs(old) do
        redis.call('HDEL', push_keys, name)
        redis.call('ZREM', push_times, name)
    end
end

local function put_writer(name, number, offset)
    if redis.call('HSET', writers, name, number .. ' ' .. offset .. ' ' .. whole(now_ms)) == 0 then
        return
    end
    if redis.call('HLEN', writers) <= WRITERS_MAX then
        return
    end
    local all = redis.call('HGETALL', writers)
    for i = 1, #all, 2 do
        local at_ms = tonumber(string.match(all[i + 1], '(%d+)$'))
        if now_ms - at_ms > KEYS_MS then
            redis.call('HDEL', writers, all[i])
        end
    end
end
