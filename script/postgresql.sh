# What the tests of stores in PostgreSQL need: a PostgreSQL that they start themselves.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests start the server whose programs are in the folder that POSTGRESQL_BIN names.
require_postgresql() {
    install_missing find_postgresql postgresql
    find_postgresql && return
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
