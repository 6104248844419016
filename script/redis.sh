# What the tests of several processes together need: a redis-server that they start themselves.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests start the program that REDIS_SERVER names.
require_redis() {
    install_missing find_redis redis-server
    find_redis && return
    complain "found no redis-server, without which several processes cannot be tested together;" \
        "install it, such as by: apt-get install redis-server (or set REDIS_SERVER to its path)"
}

find_redis() {
    for path in "${REDIS_SERVER:-}" "$(command -v redis-server)" "$(command -v valkey-server)"; do
        if [ -n "$path" ] && [ -x "$path" ]; then
            REDIS_SERVER=$path
            export REDIS_SERVER
            return
        fi
    done
    return 1
}
