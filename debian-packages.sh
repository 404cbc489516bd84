#!/usr/bin/env bash
# Installs the Debian packages that ILBench needs: rendering without a display, and a compiler with
# headers for the two dependencies that ship no wheel (evdev, through robosuite, and gym, through procgen), and
# bubblewrap for the sandbox of strangers' policies.
# With --emulator also QEMU's user-mode emulation, by which `ilbench check determinism` tries other processors.
set -euo pipefail
packages=(libegl1 libosmesa6 build-essential python3-dev python3-venv linux-libc-dev make bubblewrap)
if [ "${1:-}" = --emulator ]; then
    packages+=(qemu-user)
fi
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "all Debian packages are installed: ${packages[*]}"
    exit 0
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
