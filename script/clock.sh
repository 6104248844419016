# What the tests of clocks that jump need: libfaketime.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests preload the library that FAKETIME_LIBRARY names.
require_faketime() {
    install_missing find_faketime libfaketime
    find_faketime && return
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
