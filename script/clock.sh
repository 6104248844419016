# What the tests of clocks that jump need: libfaketime.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests preload the library that FAKETIME_LIBRARY names.
require_faketime() {
    find_faketime && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        say "installing libfaketime by apt-get"
        { apt-get update && apt-get install --yes --no-install-recommends libfaketime; } \
            </dev/null >&2 || say "apt-get could not install libfaketime; it says why above"
        find_faketime && return
    fi
    complain "found no libfaketime, without which clocks cannot jump in tests; install it," \
        "such as by: apt-get install libfaketime (or set FAKETIME_LIBRARY to its path)"
}

find_faketime() {
    for path in ${FAKETIME_LIBRARY:+"$FAKETIME_LIBRARY"} \
        /usr/lib/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1; do
        if [ -e "$path" ]; then
            FAKETIME_LIBRARY=$path
            export FAKETIME_LIBRARY
            return
        fi
    done
    return 1
}
