-- Begin anew from what a process holds, after Redis has lost the chart: the offsets go on. For a
-- while nothing is appended, so that others who hold more may add it.
-- KEYS[8]: the log that is to be. ARGV: epoch, the one before, offset, its last time, run of this
-- Redis, ms to wait, version, series, title, 1 for one that a push made, revision of the notes; then
-- the epoch and the offset of a chart that was made since, and goes into this one, or nothing.

local state = redis.call('HMGET', meta, 'epoch', 'offset')
if (state[1] or '') ~= ARGV[12] or (state[2] or '') ~= ARGV[13] then
    redis.call('DEL', KEYS[8])
    return {'other'}
end
redis.call('DEL', log, meta, push_keys, push_times, writers, notes)
if redis.call('EXISTS', KEYS[8]) == 1 then
    redis.call('RENAME', KEYS[8], log)
    redis.call('PERSIST', log)
end
redis.call('HSET', meta, 'epoch', ARGV[1], 'came_from', ARGV[2], 'offset', ARGV[3],
    'came_at', ARGV[3], 'seq', 0, 'run', ARGV[5], 'v', ARGV[7], 'series', ARGV[8],
    'title', ARGV[9], 'is_pushed', ARGV[10], 'notes_revision', ARGV[11],
    'closed_until', whole(now_ms + tonumber(ARGV[6])), 'made_ms', whole(now_ms))
if ARGV[4] ~= '' then
    redis.call('HSET', meta, 'last_ms', ARGV[4])
end
return {'kept'}
