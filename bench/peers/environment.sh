# Sourced by the benches that ask Vicinal from Python, from the repository's root: builds the library unless
# VICINAL_LIBRARY names one, and makes a virtual environment with the peers on the first run (VICINAL_PEERS_VENV
# names one that exists already). Sets venv.
if [ -z "${VICINAL_LIBRARY:-}" ]; then
  swift build -c release --product VicinalC
  VICINAL_LIBRARY="$(swift build -c release --show-bin-path)/libVicinalC.so"
fi
export VICINAL_LIBRARY
venv="${VICINAL_PEERS_VENV:-$PWD/.build/peers-venv}"
if [ -z "${VICINAL_PEERS_VENV:-}" ] && ! cmp -s bench/peers/requirements.txt "$venv/complete"; then
  python="$(command -v python3.11 || command -v python3)"
  "$python" -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --requirement bench/peers/requirements.txt
  cp bench/peers/requirements.txt "$venv/complete"
fi
