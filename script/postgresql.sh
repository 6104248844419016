# What the tests of stores in PostgreSQL need: a PostgreSQL that they start themselves.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests start the server whose programs are in the folder that POSTGRESQL_BIN names.
require_postgresql() {
    find_postgresql && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "installing postgresql by apt-get"
        # The tests have a server of their own: none is to be started here.
        { apt-get update && apt-get install --yes --no-install-recommends postgresql; } \
            </dev/null >&2 || say "apt-get could not install postgresql; it says why above"
        find_postgresql && return
    fi
    complain "found no PostgreSQL, without which stores in it cannot be tested; install it," \
        "such as by: apt-get install postgresql (or set POSTGRESQL_BIN to the folder of initdb)"
}

find_postgresql() {
    for folder in ${POSTGRESQL_BIN:+"$POSTGRESQL_BIN"} /usr/lib/postgresql/*/bin /usr/bin \
        /usr/local/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            POSTGRESQL_BIN=$folder
            export POSTGRESQL_BIN
            return
        fi
    done
    return 1
}
