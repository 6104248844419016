# What the tests of several processes behind a balancer need: an nginx that they start themselves.
#
# To be sourced after browser.sh, whose `complain` says what is not to be had.

# Tests start the program that NGINX_PROGRAM names.
require_nginx() {
    install_missing find_nginx nginx-light
    find_nginx && return
    complain "found no nginx, without which nobody can be sent to one of several processes;" \
        "install it, such as by: apt-get install nginx-light (or set NGINX_PROGRAM to its path)"
}

# Debian puts it where only root looks.
find_nginx() {
    for path in "${NGINX_PROGRAM:-}" "$(command -v nginx)" /usr/sbin/nginx; do
        if [ -n "$path" ] && [ -x "$path" ]; then
            NGINX_PROGRAM=$path
            export NGINX_PROGRAM
            return
        fi
    done
    return 1
}
