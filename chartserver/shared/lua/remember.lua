-- Put back what a process knows beside ticks, of a chart that Redis has lost: what is there stays.
-- ARGV: epoch, the number of keys, of writers, of notes, of what was told; then for each key its
-- digest, offset, n, n_kept; for each writer its name, number, offset; for each of the others its
-- name and content.

if redis.call('HGET', meta, 'epoch') ~= ARGV[1] then
    return {'other'}
end
local n_keys, n_writers, n_notes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local n_told = tonumber(ARGV[5])
local at = 6
for _ = 1, n_keys do
    if redis.call('HEXISTS', push_keys, string.match(ARGV[at], '^([^/]*)')) == 0 then
        put_key(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], now_ms)
    end
    at = at + 4
end
for _ = 1, n_writers do
    local last = string.match(redis.call('HGET', writers, ARGV[at]) or '', '^(%d+)')
    if not last or tonumber(last) < tonumber(ARGV[at + 1]) then
        put_writer(ARGV[at], ARGV[at + 1], ARGV[at + 2])
    end
    at = at + 3
end
for _ = 1, n_notes do
    redis.call('HSETNX', notes, ARGV[at], ARGV[at + 1])
    at = at + 2
end
for _ = 1, n_told do
    redis.call('HSETNX', meta, 'told:' .. ARGV[at], ARGV[at + 1])
    at = at + 2
end
return {'kept'}
