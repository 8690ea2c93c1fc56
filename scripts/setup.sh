#!/bin/sh
# Find a Python that can carry the project and let setup.py do the rest with it.
#   setup.sh train|run|test   make .venv ready for that
#   setup.sh python           only say which Python was found
# PYTHON=... names one to use instead.
set -eu
cd "$(dirname "$0")/.."

# Ends with 0 if the Python fits, 4 if it fits but cannot make environments, anything else if it does not fit.
probe='import sys
from importlib.util import find_spec
fits = (3, 11) <= sys.version_info < (3, 15)
sys.exit(3 if not fits else 0 if find_spec("ensurepip") else 4)'

use() {
    found=$1
    shift
    if [ "${1:-}" = python ]; then
        exec "$found" -I -c 'import sys; print(sys.executable)'
    fi
    exec "$found" scripts/setup.py "$@"
}

bare=
for python in ${PYTHON:+"$PYTHON"} .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do
    status=0
    "$python" -I -c "$probe" >/dev/null 2>&1 || status=$?
    case $status in
    0) use "$python" "$@" ;;
    4) bare=${bare:-$python} ;;
    esac
    if [ "$python" = "${PYTHON:-}" ] && [ "$status" != 4 ]; then
        echo "PYTHON=$PYTHON is no Python from 3.11 to 3.14." >&2
        exit 2
    fi
done
if [ -n "$bare" ]; then
    use "$bare" "$@"
fi

cat >&2 <<'END'
Initscope needs Python 3.11 to 3.14, and none was found as python3 or python3.11 … python3.14.
On Debian 12, Ubuntu 24.04 and later:  sudo apt-get install python3 python3-venv
To use another one, name it:           make PYTHON=… run
END
exit 2
