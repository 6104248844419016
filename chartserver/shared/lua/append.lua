-- Append a batch, all or nothing, exactly once.
-- ARGV: a head with commas in between, title, for each key: digest, columns to its end, n, n_kept,
-- n_before; then runs. The head: epoch, the offset that the writer knows, run of this Redis, ms to
-- wait after another run, name of the writer, number of the batch, fence, first and last time,
-- ticks, ticks to keep, number of keys.

local epoch, known, run, grace_ms, writer, number, fence, first_ms, last_ms, n, capacity, n_keys =
    string.match(ARGV[1], '^' .. string.rep('([^,]*),', 11) .. '([^,]*)$')
known, grace_ms, n, capacity, n_keys =
    tonumber(known), tonumber(grace_ms), tonumber(n), tonumber(capacity), tonumber(n_keys)
local title = ARGV[2]
local FIRST_KEY, KEY_PARTS = 3, 5

local state = redis.call('HMGET', meta, 'epoch', 'offset', 'last_ms', 'closed_until', 'run', 'seq')
if not state[1] then
    return {'lost'}
end
local before = tonumber(state[2])
if state[1] ~= epoch then
    return {'other', state[1]}
end
if before < known then
    return {'behind', state[2]}
end

-- A writer that did not hear the answer asks again under the same number.
local said = redis.call('HGET', writers, writer)
if said then
    local last, offset = string.match(said, '^(%d+) (%d+)')
    if last == number then
        return {'kept', epoch, offset}
    elseif tonumber(last) > tonumber(number) then
        return {'old'}
    end
end

-- Redis was started since the last append: who holds more than it has kept is to say so first.
if run ~= '' and not state[5] then
    redis.call('HSET', meta, 'run', run)
elseif run ~= '' and run ~= state[5] then
    redis.call('HSET', meta, 'run', run, 'closed_until', whole(now_ms + grace_ms))
    return {'wait', whole(grace_ms)}
end
local left_ms = tonumber(state[4] or 0) - now_ms
if left_ms > grace_ms then
    -- The clock was set back since: that must not close the log for as long.
    left_ms = grace_ms
    redis.call('HSET', meta, 'closed_until', whole(now_ms + grace_ms))
end
if left_ms > 0 then
    return {'wait', whole(left_ms)}
end
if fence ~= '' and redis.call('GET', lease) ~= fence then
    return {'fenced'}
end

local repeated = {'repeated'}
for i = FIRST_KEY, FIRST_KEY + KEY_PARTS * (n_keys - 1), KEY_PARTS do
    local name, content = string.match(ARGV[i], '^([^/]*)/?(.*)$')
    local kept = redis.call('HGET', push_keys, name)
    if kept then
        local offset, of, n_kept, was = string.match(kept, '^(%d+) (%d+) (%d+) ?(.*)$')
        if was ~= content or of ~= ARGV[i + 2] or n_kept ~= ARGV[i + 4] then
            table.insert(repeated, was == '' and name or name .. '/' .. was)
            table.insert(repeated, offset)
            table.insert(repeated, of)
            table.insert(repeated, n_kept)
        end
    end
end
if #repeated > 1 then
    return repeated
end
if n > 0 and state[3] and tonumber(first_ms) < tonumber(state[3]) then
    return {'late', state[3]}
end

local offset = before + n
local ends, told = {}, {}
for i = FIRST_KEY, FIRST_KEY + KEY_PARTS * (n_keys - 1), KEY_PARTS do
    ends[i] = whole(before + tonumber(ARGV[i + 1]))
    table.insert(told, ends[i] .. ' ' .. ARGV[i + 2] .. ' ' .. ARGV[i + 3] .. ' ' .. ARGV[i])
end
if n > 0 then
    local more = {'w', writer .. ' ' .. number}
    if n_keys > 0 then
        table.insert(more, 'k')
        table.insert(more, table.concat(told, '\n'))
    end
    -- The log first: is it no log, or ahead of meta, nothing has changed.
    add_ticks(log, FIRST_KEY + KEY_PARTS * n_keys, before, math.max(0, offset - capacity),
        unpack(more))
    redis.call('HSET', meta, 'offset', whole(offset), 'last_ms', last_ms, 'seq', 0)
end
-- In their order: parts of one push may come together, and the last one counts.
for i = FIRST_KEY, FIRST_KEY + KEY_PARTS * (n_keys - 1), KEY_PARTS do
    put_key(ARGV[i], ends[i], ARGV[i + 2], ARGV[i + 3], now_ms)
end
if n > 0 and n_keys > 0 then
    forget_keys()
end
if title ~= '' then
    redis.call('HSET', meta, 'title', title)
end
put_writer(writer, number, whole(offset))
-- The last entry before these tells a writer whether it has read all that came before.
return 'kept ' .. epoch .. ' ' .. whole(offset) .. ' ' .. whole(before) .. '-' .. (state[6] or '0')
