# The environment that script/server and script/test share: a Python, what is installed for it, and
# the C helper.
#
# To be sourced, with `root` set to the checkout. Everything but the helper goes into $root/.venv,
# from hash-pinned requirements, and only when it is not there already; what is said goes to stderr.

venv=$root/.venv
python=$venv/bin/python

say() {
    echo "${0##*/}: $*" >&2
}

fail() {
    say "$@"
    exit 1
}

# Install a requirements file of the checkout, unless it is installed as it stands.
require() {
    make_venv
    wanted="$(cksum <"$root/$1") $("$python" --version) $root"
    stamp=$venv/$1.installed
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    say "installing $1 into .venv"
    "$python" -m pip install --quiet --quiet --no-input --require-hashes \
        -r "$root/$1" </dev/null >&2 || fail "could not install $1; pip says why above"
    # The checkout itself, importable from anywhere by this Python.
    packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || exit 1
    echo "$root" >"$packages/chartserver.pth"
    printf '#!%s\nfrom chartserver.__main__ import main\n\nmain()\n' "$python" >"$venv/bin/chartserver"
    chmod +x "$venv/bin/chartserver"
    echo "$wanted" >"$stamp"
}

make_venv() {
    "$python" -c 'import pip' >/dev/null 2>&1 && return
    found=$(find_python) ||
        fail "found no Python 3.11 or newer with venv; install one, such as by:" \
            "apt-get install python3 python3-venv"
    say "making .venv with $found"
    # From /, as everywhere below: a version manager must not go by .python-version, which names
    # a version that need not be installed.
    (cd / && "$found" -m venv "$venv") </dev/null >&2 || fail "$found could not make .venv"
}

# The Python that is deployed when it is there, else any that will do.
find_python() {
    for name in "python$(cat "$root/.python-version")" \
        python3 python3.14 python3.13 python3.12 python3.11; do
        check='import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
        if (cd / && "$name" -c "$check") </dev/null >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

# Install Debian's packages for what is not found, at once: `install_missing find_nginx nginx-light
# find_redis redis-server`. Whoever needs one looks again, and says what is to be done.
install_missing() {
    missing=
    while [ $# -gt 0 ]; do
        "$1" || missing="$missing $2"
        shift 2
    done
    [ -n "$missing" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
    say "installing$missing by apt-get"
    # Servers are there for tests, which start their own: none is to be started here.
    { apt-get update && RUNLEVEL=1 apt-get install --yes --no-install-recommends $missing; } \
        </dev/null >&2 || say "apt-get could not install$missing; it says why above"
}

# Build the C helper beside its source, unless it is there for this source and this Python.
build_helper() {
    wanted="$(cksum <"$root/chartserver/_cohort.c") $("$python" --version)"
    stamp=$venv/_cohort.built
    set -- "$root"/chartserver/_cohort.*.so
    [ -e "$1" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    compile_helper && echo "$wanted" >"$stamp" && return
    # None is better than one of another source.
    rm -f "$stamp" "$root"/chartserver/_cohort.*.so
    say "the C helper was not built ($why_not); the server does without it"
}

# Run the compiler as this Python would; leave in `why_not` what was missing.
compile_helper() {
    {
        read -r suffix
        read -r headers
        read -r flags
    } <<END
$("$python" -c 'import sysconfig
print(sysconfig.get_config_var("EXT_SUFFIX"))
print(sysconfig.get_path("include"))
print(*sysconfig.get_config_var("LDSHARED").split()[1:])')
END
    why_not="no compiler"
    command -v "${CC:-cc}" >/dev/null || return
    why_not="no headers of Python"
    [ -f "$headers/Python.h" ] || return
    why_not="the compiler failed"
    # Renamed once it is whole: a server that runs has the old one open.
    built=$root/chartserver/_cohort.$$.so
    "${CC:-cc}" -O2 -fPIC "-I$headers" "$root/chartserver/_cohort.c" $flags -o "$built" \
        </dev/null >/dev/null 2>&1 && mv "$built" "$root/chartserver/_cohort$suffix"
}
