-- Return the chart, as pairs; make it when it is not there.
-- ARGV: epoch, series, title, 1 for one that a push made, version.

if redis.call('HEXISTS', meta, 'epoch') == 0 then
    redis.call('DEL', log, push_keys, push_times, writers, notes)
    redis.call('HSET', meta, 'epoch', ARGV[1], 'offset', 0, 'seq', 0, 'series', ARGV[2],
        'title', ARGV[3], 'v', ARGV[5], 'made_ms', whole(now_ms))
end
if ARGV[4] == '1' then
    redis.call('HSET', meta, 'is_pushed', 1)
end
return redis.call('HGETALL', meta)
