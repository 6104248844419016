-- Have the chart's series as they are now be others. ARGV: as they are, as they are to be.

local series = redis.call('HGET', meta, 'series')
if not series then
    return {'lost'}
end
if series ~= ARGV[1] then
    return {'other', series}
end
redis.call('HSET', meta, 'series', ARGV[2])
tell('series', ARGV[2])
return {'kept'}
