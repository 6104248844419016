-- Keep a change of the notes, the next after those that are there.
-- ARGV: revision, id of the note, the note or nothing, notes to keep, what all are told.

local state = redis.call('HMGET', meta, 'epoch', 'notes_revision')
if not state[1] then
    return {'lost'}
end
local revision, note = tonumber(state[2] or 0), ARGV[3]
if revision == tonumber(ARGV[1]) and (redis.call('HGET', notes, ARGV[2]) or '') == note then
    return {'kept'}
end
if revision + 1 ~= tonumber(ARGV[1]) then
    return {'conflict'}
end
if note == '' then
    redis.call('HDEL', notes, ARGV[2])
else
    redis.call('HSET', notes, ARGV[2], note)
end
while redis.call('HLEN', notes) > tonumber(ARGV[4]) do
    local oldest
    for _, id in ipairs(redis.call('HKEYS', notes)) do
        oldest = math.min(oldest or tonumber(id), tonumber(id))
    end
    redis.call('HDEL', notes, whole(oldest))
end
redis.call('HSET', meta, 'notes_revision', ARGV[1])
tell('note', ARGV[5])
return {'kept'}
