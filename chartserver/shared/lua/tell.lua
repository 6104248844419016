-- Tell all processes something. ARGV: its kind, content.

if redis.call('HEXISTS', meta, 'epoch') == 0 then
    return {'lost'}
end
redis.call('HSET', meta, 'told:' .. ARGV[1], ARGV[2])
tell(ARGV[1], ARGV[2])
return {'kept'}
